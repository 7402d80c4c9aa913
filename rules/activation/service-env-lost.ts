import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { FileWrite } from '../../src/python/files.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { environmentOnPath } from '../../src/python/search.ts';
import { startCalls } from '../../src/python/starts.ts';

/** Files whose commands start with an environment of their own: cron, systemd, s6. */
const SERVICES =
  /^\/etc\/(?:cron\.d(?:\/.*)?|crontab|crontabs\/.*|systemd\/system\/.*|services\.d\/.*|cont-init\.d\/.*|s6-overlay\/.*)$|^\/var\/spool\/cron(?:\/.*)?$|^\/(?:usr\/)?lib\/systemd\/system\/.*$/;

/** A bare name where a command begins: behind blanks, `=`, `&&`, `;` or a quote. */
const BARE = /(?:^|[\s=;&|"'])(python[\d.]*|pip[\d.]*)(?=[\s"']|$)/;

export default defineRule({
  *dockerfile(file) {
    const final = file.python.stages.at(-1);
    const environment = final && environmentOnPath(final.stage.environment.get('PATH'), final.known);
    if (final === undefined || environment === undefined) return;
    const data = { venv: environment.path.text };
    for (const pythonStage of chainOf(final)) {
      for (const write of pythonStage.writes) {
        // BusyBox' crond keeps the environment it was started with.
        if (!SERVICES.test(write.path.text) || setsPath(write) || isBusybox(write, final)) continue;
        const lines = write.lines.filter(({ text }) => !text.startsWith('#'));
        for (const { text, range } of lines) {
          const program = BARE.exec(text)?.[1];
          if (program === undefined || /activate\b/.test(text)) continue;
          yield {
            at: range,
            data: { ...data, program },
            severity: weighed('warning', pythonStage.stage, write.call?.command),
          };
        }
      }
    }
    const sshd = startCalls(final)
      .flatMap(({ words }) => words)
      .find((word) => /(?:^|\/)sshd$/.test(word.value));
    if (sshd !== undefined) yield { at: sshd.range, message: 'sshd', severity: 'info' } satisfies Report;
  },
});

function setsPath({ lines }: FileWrite): boolean {
  return lines.some(({ text }) => /\b(?:PATH|VIRTUAL_ENV)=|with-contenv|BASH_ENV|SHELL=.*-l/.test(text));
}

function isBusybox({ path }: FileWrite, { base }: PythonStage): boolean {
  return base?.distribution?.name === 'alpine' && /cron/.test(path.text);
}
