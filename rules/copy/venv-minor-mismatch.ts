import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, weighed } from '../../src/engine/rule.ts';
import { copiedPackages, lacksInterpreter } from '../../src/python/copied.ts';
import type { CopyFacts } from '../../src/python/copies.ts';
import { factsOf, rootOf } from '../../src/python/facts.ts';
import type { PythonEnvironment, PythonStage } from '../../src/python/model.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, environments, copies } = pythonStage;
      const severity = weighed('error', stage);
      const seen = new Set<number>();
      for (const environment of environments) {
        const versions = mismatch(environment, pythonStage);
        const source = environment.copiedBy?.source;
        if (versions === undefined || source === undefined || seen.has(source.range.start)) continue;
        seen.add(source.range.start);
        yield { at: source.range, data: versions, severity, fix: sameVersion(file, environment, pythonStage) };
      }
      for (const { copy, source, isFilled } of copiedPackages(pythonStage, file.python.stages)) {
        const from = factsOf(copy.from, file.python.stages)?.base?.officialVersion;
        const to = pythonStage.base?.officialVersion;
        // `--prefix=/install` holds lib/python3.X.
        if (isFilled && copy.target.text === '/usr/local' && from !== undefined && to !== undefined && from !== to)
          yield { at: source.arg.range, data: { from, to }, severity };
      }
      for (const copy of copies) {
        const versions = pathMismatch(copy, pythonStage);
        if (versions !== undefined) yield { at: copy.targetArg.range, data: versions, message: 'path', severity };
      }
    }
  },
  isDecisive: true,
  *image(image) {
    for (const { path, kind, interpreter, layer } of image.python.environments) {
      if (kind === 'conda' || interpreter === undefined || !image.isOwn(layer)) continue;
      const versions = image.files.list(`${path}/lib`).flatMap((name) => /^python(\d\.\d+)$/.exec(name)?.[1] ?? []);
      const [other] = versions;
      if (other === undefined || versions.includes(interpreter.version)) continue;
      yield {
        path,
        layer,
        data: { venv: path, from: other, to: interpreter.version, python: interpreter.path },
        message: 'image',
      };
    }
  },
});

interface Versions extends Readonly<Record<string, string>> {
  readonly from: string;
  readonly to: string;
}

function mismatch({ python, copiedBy }: PythonEnvironment, stage: PythonStage): Versions | undefined {
  const { base } = stage;
  if (python?.version === undefined || copiedBy === undefined || base === undefined || stage.isUncertain)
    return undefined;
  if (lacksInterpreter(python, stage)) return undefined;
  const isOfficial = python.kind === 'official' && base.python === 'official';
  const isDistribution = python.kind === 'distribution' && base.python === 'distribution';
  const to = isOfficial ? base.officialVersion : isDistribution ? base.distribution?.python : undefined;
  return to === undefined || to === python.version ? undefined : { from: python.version, to };
}

/** `COPY --from=build /usr/local/lib/python3.11/… /usr/local/lib/python3.11/…` into an image of another minor. */
function pathMismatch({ target, sources }: CopyFacts, { base }: PythonStage): Versions | undefined {
  // Renamed on the way: modules are compiled for the one they were installed for.
  const to = /\/python(3\.\d+)(?:\/|$)/.exec(target.text)?.[1];
  const from = sources
    .map(({ path }) => /\/python(3\.\d+)(?:\/|$)/.exec(path.text)?.[1])
    .find((found) => found !== undefined);
  if (from !== undefined && to !== undefined && from !== to) return { from, to };
  const version = /^\/usr\/local\/lib\/python(3\.\d+)(?:\/|$)/.exec(target.text)?.[1];
  if (version === undefined || base?.officialVersion === undefined) return undefined;
  return version === base.officialVersion ? undefined : { from: version, to: base.officialVersion };
}

const VERSION = /3\.\d+(?:\.\d+)?(?:(?:a|b|rc)\d+)?/;

/** The builder's FROM takes the version of the stage that runs the environment. */
function sameVersion(
  file: DockerfileModel,
  { original, python }: PythonEnvironment,
  stage: PythonStage,
): Fix | undefined {
  let made = original;
  while (made?.original !== undefined) made = made.original;
  const builder = factsOf(made?.stage, file.python.stages);
  const from = builder && rootOf(builder).args[0];
  const to = rootOf(stage).args[0]?.text;
  if (python?.kind !== 'official' || from === undefined || to === undefined) return undefined;
  const version = VERSION.exec(to)?.[0];
  const old = VERSION.exec(from.text);
  if (version === undefined || old === null || from.text.includes('$') || to.includes('$')) return undefined;
  if (from.text.includes('@') || file.text.slice(from.range.start, from.range.end) !== from.text) return undefined;
  const start = from.range.start + old.index;
  return fixOf('unsafe', 'Build with the Python that runs it', [
    { range: { start, end: start + old[0].length }, text: version },
  ]);
}
