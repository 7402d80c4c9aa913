import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Report, type Severity } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { isTruthy } from '../../src/python/options.ts';

const VARIABLES = new Set(['PIP_BREAK_SYSTEM_PACKAGES', 'UV_BREAK_SYSTEM_PACKAGES', 'PIPENV_BREAK_SYSTEM_PACKAGES']);

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const { name, value, by, pair } of pythonStage.settings) {
        if (!VARIABLES.has(name) || !value.known || !isTruthy(value.text)) continue;
        yield reportOf(file, pythonStage, pair.range, `${name}=${value.text}`, by === 'ENV');
      }
      for (const { key, value, range } of pythonStage.configWrites) {
        if (key === 'break-system-packages' && isTruthy(value)) yield reportOf(file, pythonStage, range, key, true);
      }
    }
  },
  bodies: [{ glob: '{etc,etc/xdg/pip,**/.config/pip,**/.pip}/pip.conf', limit: 64 * 1024 }],
  *image(image) {
    for (const name of ['PIP_BREAK_SYSTEM_PACKAGES', 'UV_BREAK_SYSTEM_PACKAGES', 'PIPENV_BREAK_SYSTEM_PACKAGES'])
      if (isTruthy(image.variable(name) ?? '') === true)
        yield { data: { setting: name }, message: 'image', severity: 'error' };
    const homes = ['/root', ...(image.user === undefined ? [] : [image.user.home])];
    const files = [
      '/etc/pip.conf',
      '/etc/xdg/pip/pip.conf',
      ...homes.flatMap((home) => [`${home}/.config/pip/pip.conf`, `${home}/.pip/pip.conf`]),
    ];
    for (const path of new Set(files)) {
      const text = image.files.text(path) ?? '';
      const values = [...text.matchAll(/^[ \t]*break[-_]system[-_]packages[ \t]*[=:][ \t]*(\S+)/gim)].map(
        ([, value = '']) => value,
      );
      const layer = image.files.find(path)?.inode.layer;
      if (layer !== undefined && image.isOwn(layer) && values.some((value) => isTruthy(value) === true))
        yield { path, layer, data: { setting: path }, message: 'image', severity: 'error' };
    }
  },
});

function reportOf(
  file: DockerfileModel,
  pythonStage: PythonStage,
  at: Report['at'],
  setting: string,
  persists: boolean,
): Report {
  const { stage, base, baseName } = pythonStage;
  const data = { setting, base: baseName };
  const isUnmarked =
    base?.python === 'official' || (base?.python === 'distribution' && base.distribution?.marker === 'no');
  if (isUnmarked) return { at, data, message: 'needless', severity: 'info' };
  // Whether the Python of an image that nobody knows has a guard at all is not known either.
  if (base?.distribution?.marker !== 'yes')
    return { at, data, message: 'unknown', severity: severityOf(stage.role, false), confidence: 'medium' };
  return { at, data, severity: severityOf(stage.role, persists), fix: () => migrationOf(file, pythonStage) };
}

function severityOf(role: PythonStage['stage']['role'], persists: boolean): Severity {
  if (role === 'unused') return 'info';
  return persists && role !== 'copied' ? 'error' : 'warning';
}
