import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { isCondaActive } from '../../src/python/conda.ts';
import type { Install } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';

/** What belongs into the base: conda, and what extends it. */
const CONDA_TOOLS = new Set([
  ...['conda', 'mamba', 'conda-libmamba-solver', 'libmamba', 'libmambapy', 'conda-build', 'conda-lock', 'conda-pack'],
  ...['anaconda-client', 'boa', 'boa-build', 'conda-verify', 'conda-content-trust', 'nb_conda_kernels'],
]);

const BOOTSTRAP = new Set(['pip', 'setuptools', 'wheel']);

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const install of pythonStage.installs) {
        if (install.step.onbuild || install.action !== 'install' || isCondaActive(install.call)) continue;
        const report = install.tool === 'conda' ? judgeConda(install) : judgePip(install);
        if (report === undefined) continue;
        const { stage } = pythonStage;
        const isExpected = pythonStage.base?.isCondaBaseMeant === true || install.command.program === 'micromamba';
        yield {
          at: install.range,
          ...report,
          message: isExpected && install.tool === 'conda' ? 'meant' : report.message,
          severity:
            stage.role === 'copied' || isExpected
              ? 'info'
              : weighed(report.severity ?? 'warning', stage, install.command),
          confidence: isExpected ? 'low' : report.confidence,
        };
      }
    }
  },
  *image(image) {
    for (const { path, kind, layer: made } of image.python.environments) {
      // The base environment is the one that holds conda itself.
      const meta = `${path}/conda-meta`;
      const names = kind === 'conda' ? image.files.list(meta).filter((name) => name.endsWith('.json')) : [];
      const conda = names.find((name) => /^(?:conda|mamba)-\d/.test(name));
      const layerOf = (name: string): number => image.files.find(`${meta}/${name}`)?.inode.layer ?? made;
      if (conda === undefined) continue;
      const added = names.filter((name) => layerOf(name) > layerOf(conda) && image.isOwn(layerOf(name)));
      const [first] = added;
      if (first === undefined) continue;
      yield {
        path,
        layer: layerOf(first),
        data: { tool: 'conda', count: String(added.length), path },
        message: 'image',
      };
    }
  },
});

type Judgement = Pick<Report, 'data' | 'message' | 'severity' | 'confidence'> | undefined;

function judgeConda({ line, verb, command, installsOnly, packages }: Install): Judgement {
  const isEnv = line.operands[0]?.value === 'env';
  const verbName = verb?.value ?? '';
  if (!(isEnv ? verbName === 'update' : /^(?:install|update|upgrade)$/.test(verbName))) return undefined;
  if (!isBase(line, isEnv) || optionOf(line, 'all') !== undefined || optionOf(line, 'update-all') !== undefined)
    return undefined;
  const isForConda = packages.length > 0 && packages.every((word) => isTool(word.value));
  if (!isEnv && (isForConda || installsOnly(CONDA_TOOLS))) return undefined;
  return { data: { tool: command.program }, severity: 'warning' };
}

/** `conda-forge::mamba>=1` is mamba. */
function isTool(spec: string): boolean {
  return CONDA_TOOLS.has(/^(?:[\w-]+::)?([\w.-]+)/.exec(spec)?.[1] ?? '');
}

/** Without a name it is the active environment: the base, where nothing was activated. A file for `env update` may name another. */
function isBase(line: Install['line'], isEnv: boolean): boolean {
  const name = optionOf(line, 'name')?.value;
  const prefix = optionOf(line, 'prefix')?.value;
  if (name !== undefined) return name === 'base' || name === 'root';
  if (prefix !== undefined) return prefix === '/opt/conda';
  return !isEnv;
}

function judgePip({ tool, target, installsOnly, packages }: Install): Judgement {
  if (tool !== 'pip' || target.kind !== 'conda' || target.isBase !== true) return undefined;
  if (packages.length > 0 && installsOnly(BOOTSTRAP)) return undefined;
  return { data: { tool: 'pip' }, message: 'pip', severity: 'info', confidence: 'medium' };
}
