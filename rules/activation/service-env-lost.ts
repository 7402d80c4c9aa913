import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { wayOf } from '../../src/image/words.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { FileWrite } from '../../src/python/files.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { writesProfile } from '../../src/python/profiles.ts';
import { environmentOnPath } from '../../src/python/search.ts';
import { startCalls } from '../../src/python/starts.ts';

/** Files whose commands start with an environment of their own: cron, systemd, s6. */
const SERVICES =
  /^\/etc\/(?:cron\.d(?:\/.*)?|crontab|crontabs\/.*|systemd\/system\/.*|services\.d\/.*|cont-init\.d\/.*|s6-overlay\/.*)$|^\/var\/spool\/cron(?:\/.*)?$|^\/(?:usr\/)?lib\/systemd\/system\/.*$/;

/** A bare name where a command begins: behind blanks, `=`, `&&`, `;` or a quote. */
const BARE =
  /(?:^|[\s=;&|"'])(python[\d.]*|pip[\d.]*|gunicorn|uvicorn|hypercorn|celery|flask|django-admin|streamlit)(?=[\s"']|$)/;

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    const environment = final && environmentOnPath(final.stage.environment.get('PATH'), final.known);
    if (final !== undefined && environment === undefined) yield* officialReports(final);
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
    if (sshd !== undefined && !writesProfile(final))
      yield { at: sshd.range, message: 'sshd', severity: 'info' } satisfies Report;
  },
  bodies: [{ glob: '{etc/crontab,etc/cron.d/*,var/spool/cron/**}', limit: 64 * 1024 }],
  *image(image) {
    const venv = wayOf(image, 'exec')?.python3?.environment;
    const path = wayOf(image, 'cron')?.path;
    // BusyBox' crond hands on the PATH it was started with.
    if (venv === undefined || path === undefined || path === wayOf(image, 'exec')?.path) return;
    const { files } = image;
    const tables = [
      '/etc/crontab',
      ...files.list('/etc/cron.d').map((name) => `/etc/cron.d/${name}`),
      ...files.list('/var/spool/cron/crontabs').map((name) => `/var/spool/cron/crontabs/${name}`),
    ];
    for (const table of tables) {
      const text = files.text(table) ?? '';
      const layer = files.find(table)?.inode.layer;
      // A table that sets PATH itself knows what it does.
      if (layer === undefined || !image.isOwn(layer) || /^\s*PATH\s*=/m.test(text)) continue;
      const isSystem = !table.startsWith('/var/spool/');
      for (const line of text.split('\n')) {
        const fields = line.trim().split(/\s+/);
        const time = fields[0]?.startsWith('@') ? 1 : 5;
        if (line.startsWith('#') || fields.length <= time) continue;
        const program = fields[time + (isSystem ? 1 : 0)] ?? '';
        if (
          /^(?:python[\d.]*|pip[\d.]*)$/.test(program) ||
          (program !== '' && !program.includes('/') && files.isFile(`${venv.path}/bin/${program}`))
        )
          yield { path: table, layer, data: { program, venv: venv.path }, message: 'image' };
      }
    }
  },
});

/** cron looks programs up in /usr/bin and /bin: the official images have theirs in /usr/local/bin. */
function* officialReports(final: PythonStage): Generator<Report> {
  if (final.base?.python !== 'official') return;
  for (const { stage, writes } of chainOf(final))
    for (const write of writes) {
      if (
        !SERVICES.test(write.path.text) ||
        !/cron/.test(write.path.text) ||
        setsPath(write) ||
        isBusybox(write, final)
      )
        continue;
      for (const { text, range } of write.lines) {
        const program = text.startsWith('#') ? undefined : BARE.exec(text)?.[1];
        if (program !== undefined)
          yield {
            at: range,
            data: { program },
            message: 'official',
            severity: weighed('warning', stage, write.call?.command),
          };
      }
    }
}

function setsPath({ lines }: FileWrite): boolean {
  return lines.some(({ text }) => /\b(?:PATH|VIRTUAL_ENV)=|with-contenv|BASH_ENV|SHELL=.*-l/.test(text));
}

function isBusybox({ path }: FileWrite, { base }: PythonStage): boolean {
  return base?.distribution?.name === 'alpine' && /cron/.test(path.text);
}
