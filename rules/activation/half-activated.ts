import { insertLines } from '../../src/dockerfile/edit.ts';
import type { Setting } from '../../src/dockerfile/environment.ts';
import { isPlainPath } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf, type Report } from '../../src/engine/rule.ts';
import { pathOf } from '../../src/image/words.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { environmentAt, environmentOnPath } from '../../src/python/search.ts';
import { startCalls } from '../../src/python/starts.ts';
import { holdsOnlyTools } from '../../src/python/tools.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    if (final === undefined) return;
    const { environment } = final.stage;
    const path = environment.get('PATH');
    const active = environment.get('VIRTUAL_ENV');
    const onPath = environmentOnPath(path, final.known);
    const activeSetting = environment.setting('VIRTUAL_ENV');
    if (active === undefined || active.text === '') yield* pathOnly(file, final, onPath?.path.text);
    else if (activeSetting?.by === 'ENV' && active.known) {
      const named = environmentAt(active.text, final.known);
      if (named === undefined && onPath?.stage === undefined) return;
      if (named?.kind === 'base-image' || onPath?.kind === 'base-image') return;
      if (onPath !== undefined && onPath !== named && onPath.path.text !== active.text)
        yield {
          at: activeSetting.pair.range,
          data: { venv: active.text, other: onPath.path.text },
          message: 'different',
          severity: 'warning',
        };
      // Behind the base's own directories: path-not-first speaks of that.
      else if (isSameInstruction(activeSetting)) return;
      else if (
        onPath === undefined &&
        path?.known &&
        !path.text
          .split(':')
          .some((directory) => directory.replace(/\/$/, '') === `${active.text.replace(/\/$/, '')}/bin`)
      )
        yield activeOnly(file, final, activeSetting);
    }
  },
  *image(image) {
    const active = image.variable('VIRTUAL_ENV')?.replace(/\/$/, '');
    const directories = pathOf(image);
    const venvs = image.python.environments.filter(({ kind, layer }) => kind !== 'conda' && image.isOwn(layer));
    const onPath = venvs.find(({ path }) => directories[0] === `${path}/bin`);
    const named = venvs.find(({ path }) => path === active);
    if (active === undefined || active === '') {
      if (onPath !== undefined) yield { data: { venv: onPath.path }, severity: 'info', confidence: 'low' };
    } else if (named !== undefined && !directories.includes(`${active}/bin`))
      yield { data: { venv: active }, message: 'no-path', severity: 'warning' };
    else if (named !== undefined && onPath !== undefined && onPath !== named)
      yield { data: { venv: active, other: onPath.path }, message: 'different', severity: 'warning' };
  },
});

/** `ENV VIRTUAL_ENV=… PATH="$VIRTUAL_ENV/bin:…"` is another rule's matter. */
function isSameInstruction({ instruction }: Setting): boolean {
  return instruction.pairs.some(({ key, value }) => key.text === 'PATH' && /\$\{?VIRTUAL_ENV/.test(value?.text ?? ''));
}

function* pathOnly(file: DockerfileModel, final: PythonStage, venv: string | undefined): Generator<Report> {
  const setting = settingOf(final, venv);
  const known = venv === undefined ? undefined : environmentAt(venv, final.known);
  if (venv === undefined || setting?.by !== 'ENV' || known === undefined || known.kind === 'base-image') return;
  // poetry told to work in its own environment would take itself apart.
  if (holdsOnlyTools(venv, file.python.stages)) return;
  const isAsked = chainOf(final).some(({ stage, installs }) =>
    installs.some(
      ({ tool, order }) => (tool === 'poetry' || tool === 'pipenv') && (stage !== final.stage || order > setting.step),
    ),
  );
  yield {
    at: setting.pair.range,
    data: { venv },
    severity: 'info',
    confidence: isAsked ? undefined : 'low',
    fix: isPlainPath(venv)
      ? fixOf('safe', 'Set VIRTUAL_ENV too', [
          insertLines(file, setting.instruction, 'before', [`ENV VIRTUAL_ENV=${venv}`]),
        ])
      : undefined,
  };
}

/** The ENV that brought the environment onto PATH; later ones may only have added to it. */
function settingOf(final: PythonStage, venv: string | undefined): Setting | undefined {
  const settings = chainOf(final).flatMap((stage) => stage.settings);
  const isFirst = ({ name, by, value }: Setting) =>
    name === 'PATH' && by === 'ENV' && value.text.startsWith(`${venv}/bin`);
  return venv === undefined ? undefined : settings.find(isFirst);
}

function activeOnly(file: DockerfileModel, final: PythonStage, { value, pair, instruction }: Setting): Report {
  const bin = `${value.text}/bin`;
  const calls = startCalls(final);
  const isByPath = calls.length > 0 && calls.every(({ words }) => words[0]?.value.startsWith(`${bin}/`));
  return {
    at: pair.range,
    data: { venv: value.text },
    message: 'no-path',
    severity: isByPath ? 'info' : 'warning',
    fix: fixOf('unsafe', 'Put the environment on PATH', [
      insertLines(file, instruction, 'after', ['ENV PATH="$VIRTUAL_ENV/bin:$PATH"']),
    ]),
  };
}
