import type { Edit } from '../../src/dockerfile/edit.ts';
import { isInside, joinPath, mountsOf } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { chainOf, factsOf } from '../../src/python/facts.ts';
import type { Install, PythonEnvironment, PythonStage } from '../../src/python/model.ts';
import { isTruthy, type Option, optionOf } from '../../src/python/options.ts';
import { optionPlace } from '../../src/python/settings.ts';
import { insertAfter } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    const seen = new Set<number>();
    for (const pythonStage of file.python.stages) {
      for (const environment of pythonStage.environments) {
        const { original, copiedBy } = environment;
        if (original === undefined || copiedBy === undefined) continue;
        for (const editable of editablesOf(file, environment)) {
          if (editable.install.tool !== 'pip' && !hasSource(editable.install, file.python.stages)) continue;
          if (seen.has(editable.at.start) || isBrought(editable.source, environment, pythonStage)) continue;
          seen.add(editable.at.start);
          yield {
            at: editable.at,
            data: { source: editable.source, venv: environment.path.text },
            ...(isImportedElsewhere(pythonStage)
              ? { message: 'copied', severity: 'info' as const }
              : {
                  severity: weighed('error', pythonStage.stage, editable.install.command),
                }),
            confidence: editable.confidence,
            related: [{ message: 'the environment is copied here', range: copiedBy.source.range }],
            fix: editable.fix,
          };
        }
      }
    }
  },
  isDecisive: true,
  *image(image) {
    for (const { editable, name, environment, site, layer } of image.distributions)
      if (editable !== undefined && image.isOwn(layer) && image.files.find(editable) === undefined)
        yield {
          path: environment?.path ?? site,
          layer,
          data: { venv: environment?.path ?? site, source: editable, package: name },
          message: 'image',
        };
  },
});

interface Editable {
  readonly install: Install;
  readonly at: Report['at'];
  /** Directory that the environment points at. */
  readonly source: string;
  readonly confidence: Report['confidence'];
  readonly fix: Fix | undefined;
}

/** Editable installs into the environment that was copied, in the stages it was made in. */
function* editablesOf(file: DockerfileModel, { copiedBy, path, original }: PythonEnvironment): Generator<Editable> {
  const from = original && file.python.stages.find(({ stage }) => stage === original.stage);
  const stages = file.python.stages.filter(
    (candidate) => from !== undefined && (candidate === from || chainOf(candidate).includes(from)),
  );
  for (const { installs } of stages)
    for (const install of installs) {
      const { target, step } = install;
      if (
        target.kind !== 'environment' ||
        target.path.text !== original?.path.text ||
        step === copiedBy?.step ||
        !path.known
      )
        continue;
      yield* editableOf(install);
    }
}

function* editableOf(install: Install): Generator<Editable> {
  const { tool, label, line, call, range, verb, command } = install;
  if (tool === 'pip' || label === 'uv pip') {
    for (const option of line.options.filter(({ name }) => name === 'editable')) {
      const path = localPath(option);
      const source = path === undefined ? undefined : joinPath(call.cwd, { text: path, known: !path.includes('$') });
      if (source?.known)
        yield {
          install,
          at: optionPlace(option).range,
          source: source.text,
          confidence: undefined,
          fix: notEditable(option),
        };
    }
    return;
  }
  const source = call.cwd;
  if (!source.known) return;
  if (label === 'uv sync') {
    const isOff = [
      'no-editable',
      'no-install-project',
      'no-install-workspace',
      'only-group',
      'no-install-local',
      'only-dev',
    ].some((name) => optionOf(line, name) !== undefined);
    const variable = call.variable('UV_NO_EDITABLE')?.value;
    if (isOff || (variable !== undefined && isTruthy(variable.text))) return;
    const fix = verb && fixOf('unsafe', 'Add --no-editable', [insertAfter(command, verb, '--no-editable')]);
    yield { install, at: range, source: source.text, confidence: 'medium', fix };
  } else if (tool === 'poetry' && verb?.value === 'install' && optionOf(line, 'no-root') === undefined)
    yield { install, at: range, source: source.text, confidence: 'medium', fix: undefined };
}

/** The directory of `-e DIR`; undefined for a repository. */
function localPath({ value = '' }: Option): string | undefined {
  if (/^\w+\+|:\/\//.test(value)) return undefined;
  return value.replace(/\[[^\]]*\]$/, '');
}

/** `-e .` -> `.`, `--editable=.[x]` -> `.[x]`. */
function notEditable({ word, valueWord, value = '' }: Option): Fix | undefined {
  const text = valueWord === undefined ? value : valueWord.text;
  const isWhole = word.isWhole && (valueWord === undefined || valueWord.isWhole);
  // Bundled letters (`-qe .`) keep the others.
  if (!isWhole || (!/^(?:-e|--editable)/.test(word.value) && valueWord !== undefined)) return undefined;
  const end = (valueWord ?? word).range.end;
  const edit: Edit = { range: { start: word.range.start, end }, text };
  return fixOf('unsafe', 'Install it as a package', [edit]);
}

const MANIFEST =
  /(?:^|\/)(?:pyproject\.toml|[\w.-]*\.lock|poetry\.lock\*?|README[\w.]*|LICEN[CS]E[\w.]*|setup\.cfg|\.python-version|poetry\.toml|requirements[\w.-]*)$/i;

/** Something besides the project's manifests was there for the tool to install: without it nothing is editable. */
function hasSource({ step, order }: Install, all: readonly PythonStage[]): boolean {
  const stage = factsOf(step.stage, all);
  const isMounted = mountsOf(step.instruction).some(
    (mount) =>
      (mount.get('type') ?? 'bind') === 'bind' && !MANIFEST.test(mount.get('source') ?? mount.get('src') ?? '.'),
  );
  return (
    isMounted ||
    (stage !== undefined &&
      chainOf(stage).some(({ copies, stage: own }) =>
        copies.some(
          ({ sources, order: at, from, isFromImage }) =>
            from === undefined &&
            !isFromImage &&
            (own !== step.stage || at < order) &&
            sources.some(({ arg }) => !MANIFEST.test(arg.text)),
        ),
      ))
  );
}

/** Something else is copied to the directory, above it or below it. */
function isBrought(source: string, { copiedBy }: PythonEnvironment, stage: PythonStage): boolean {
  return chainOf(stage).some(({ copies }) =>
    copies.some(({ target, sources, step, from }) => {
      const others = sources.filter(({ arg }) => arg !== copiedBy?.source);
      // The environment's own COPY brings the source along where it takes a directory above both.
      if (step === copiedBy?.step && others.length === 0)
        return (
          from !== undefined &&
          isInside(source, target.text) &&
          target.text !== '/' &&
          !isInside(target.text, `${source}/.venv`) &&
          isAbove(sources, source)
        );
      return !target.known || isInside(source, target.text) || isInside(target.text, source);
    }),
  );
}

/** The source itself is copied to where programs look first: the working directory, or PYTHONPATH. */
function isImportedElsewhere({ stage, copies }: PythonStage): boolean {
  const { workdir } = stage.end;
  const paths = [workdir.known ? workdir.text : '', ...(stage.environment.get('PYTHONPATH')?.text.split(':') ?? [])];
  return copies.some(
    ({ from, isFromImage, sources, target }) =>
      from === undefined &&
      !isFromImage &&
      sources.some(({ arg }) => !MANIFEST.test(arg.text)) &&
      paths.some((path) => path !== '' && path !== '/' && (isInside(target.text, path) || isInside(path, target.text))),
  );
}

/** What is copied is a directory that holds the source. */
function isAbove(sources: readonly { readonly path: { readonly text: string } }[], source: string): boolean {
  return sources.some(({ path }) => isInside(source, path.text));
}
