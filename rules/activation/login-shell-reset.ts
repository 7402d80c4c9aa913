import type { Step } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import { heirsOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { writesProfile } from '../../src/python/profiles.ts';
import { environmentOnPath } from '../../src/python/search.ts';
import { startsOf } from '../../src/python/starts.ts';
import { isPosixShell, programOf } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const login = pythonStage.base?.distribution?.login;
      if (login === undefined || writesProfile(pythonStage)) continue;
      const level = login === 'resets' ? 'warning' : 'info';
      const { entrypoint, cmd } = startsOf(pythonStage);
      for (const site of [...shellSites(file, pythonStage), ...callSites(file, pythonStage)]) {
        const { keyword } = site.step.instruction;
        const isShell = site.call === undefined;
        if (
          (!isShell && keyword === 'CMD' && cmd?.step !== site.step) ||
          (!isShell && keyword === 'ENTRYPOINT' && entrypoint?.step !== site.step)
        )
          continue;
        const environment = environmentOnPath(site.step.lookup('PATH'), pythonStage.known);
        if (environment === undefined || environment.kind === 'base-image') continue;
        yield {
          at: site.range,
          data: { option: site.option, venv: environment.path.text },
          severity: weighed(level, pythonStage.stage, site.call?.command),
          fix: site.fix,
        };
      }
    }
  },
  *image(image) {
    const { argv, activations } = image;
    const shell = argv.findIndex((word) => /(?:^|\/)(?:ba|da|a|z)?sh$/.test(word));
    const words = argv.slice(shell + 1);
    const end = words.findIndex((word) => !word.startsWith('-') || /^-\w*c$/.test(word));
    const option = words.slice(0, end === -1 ? undefined : end + 1).find((word) => /^-\w*l\w*$|^--login$/.test(word));
    if (shell === -1 || shell > 1 || option === undefined) return;
    // It may find the environment by itself.
    if (words.slice(end + 1).some((word) => /\bactivate\b|\/bin\/python/.test(word))) return;
    const exec = activations.find(({ how }) => how === 'exec')?.python3?.environment;
    const login = activations.find(({ how }) => how === 'login-shell');
    if (exec === undefined || login?.path === undefined || login.python3?.environment === exec) return;
    yield {
      data: { option: argv.slice(shell, argv.indexOf(option) + 1).join(' '), venv: exec.path },
      message: 'image',
      severity: 'warning',
    };
  },
});

interface Site {
  readonly step: Step;
  readonly range: Report['at'];
  readonly option: string;
  readonly call: Call | undefined;
  readonly fix: Fix | undefined;
}

const BUNDLE = /^-[a-z]*l[a-z]*$/;

/** `SHELL ["/bin/bash", "-lc"]`, at the first instruction that it runs while an environment is in front. */
function* shellSites(file: DockerfileModel, pythonStage: PythonStage): Generator<Site> {
  const { stage } = pythonStage;
  for (const step of stage.steps) {
    const { instruction } = step;
    if (instruction.keyword !== 'SHELL' || !instruction.json || step.onbuild) continue;
    const [program, ...options] = instruction.args;
    if (program === undefined || !isPosixShell(programOf(program.text))) continue;
    const option = options.find(({ text }) => BUNDLE.test(text) || text === '--login');
    const words = instruction.args.map(({ text }) => text).join('\0');
    const served = heirsOf(pythonStage, file.python.stages)
      .flatMap((heir) => heir.stage.steps)
      .find(
        (later) =>
          /^(?:RUN|CMD|ENTRYPOINT)$/.test(later.instruction.keyword ?? '') &&
          !later.instruction.json &&
          later.state.shell.join('\0') === words &&
          (later.stage !== stage || later.index > step.index) &&
          environmentOnPath(later.lookup('PATH'), pythonStage.known) !== undefined,
      );
    if (option === undefined) continue;
    yield {
      step: served ?? step,
      range: option.range,
      option: option.text,
      call: undefined,
      fix: withoutLogin(file, option.range, option.text),
    };
  }
}

/** bash -l, su -, runuser -l in RUN, CMD and ENTRYPOINT. */
function* callSites(file: DockerfileModel, { calls }: PythonStage): Generator<Site> {
  for (const call of calls) {
    const { program, words, step } = call;
    if (step.onbuild || step.instruction.keyword === 'HEALTHCHECK') continue;
    const at = isPosixShell(program)
      ? words.findIndex((word, index) => index > 0 && (BUNDLE.test(word.value) || word.value === '--login'))
      : program === 'su' || program === 'runuser'
        ? words.findIndex((word) => /^(?:-|-l|--login)$/.test(word.value))
        : -1;
    const word = words[at];
    // Options end at the first word that is none: what follows is the script's.
    const isOption = words
      .slice(1, at)
      .every(({ value }) => value.startsWith('-') || program === 'su' || program === 'runuser');
    if (at === -1 || word === undefined || !isOption) continue;
    const fix = isPosixShell(program) ? withoutLogin(file, word.range, word.value) : undefined;
    yield { step, range: word.range, option: word.value, call, fix };
  }
}

/** `-lc` -> `-c`; an option of its own may be all that makes a shell read its files, and stays. */
function withoutLogin(file: DockerfileModel, range: Report['at'], option: string): Fix | undefined {
  const text = file.text.slice(range.start, range.end);
  if (option !== '-lc' || !text.includes('-lc')) return undefined;
  return fixOf('unsafe', 'Start a shell that keeps PATH', [{ range, text: text.replace('-lc', '-c') }]);
}
