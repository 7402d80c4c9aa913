import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import type { Install } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import {
  BOOTSTRAP,
  fetches,
  INSTALLERS,
  type Requirement,
  redirectedOf,
  requirementsOf,
} from '../../src/python/requirements.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, installs, writes } of file.python.stages) {
      // A pip.conf that cannot be read may name a constraints file.
      if (writes.some(({ path, lines }) => path.text.endsWith('/pip.conf') && lines.length === 0)) continue;
      for (const install of installs) {
        if (!fetches(install) && install.tool !== 'pipx') continue;
        // A version that the shell has taken away is another flaw.
        const redirected = new Set(redirectedOf(install).map(({ word }) => word));
        const report = judge(requirementsOf(install).filter(({ word }) => !redirected.has(word)));
        if (report !== undefined)
          yield isCovered(install, installs)
            ? { ...report, severity: 'info', confidence: 'medium' }
            : { ...report, severity: weighed(report.severity ?? 'warning', stage, install.command) };
      }
    }
  },
});

function judge(requirements: readonly Requirement[]): Report | undefined {
  const unpinned = requirements.filter(({ pin, name }) => pin === 'none' && !INSTALLERS.has(name));
  const branches = requirements.filter(({ pin }) => pin === 'branch');
  const packages = unpinned.filter(({ name }) => !BOOTSTRAP.has(name));
  const [first] = packages;
  if (first !== undefined) return { at: first.word.range, data: { packages: listed(packages) }, severity: 'warning' };
  const [branch] = branches;
  if (branch !== undefined)
    return { at: branch.word.range, data: { packages: listed(branches) }, message: 'git', severity: 'warning' };
  const [tool] = unpinned;
  return tool && { at: tool.word.range, data: { packages: listed(unpinned) }, message: 'bootstrap', severity: 'info' };
}

function listed(requirements: readonly Requirement[]): string {
  const names = requirements.map(({ word }) => word.value);
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} …` : names.join(', ');
}

/** A requirements file before it may have installed and pinned the same: pip leaves what is there. */
function isCovered({ order, line, target }: Install, installs: readonly Install[]): boolean {
  if (optionOf(line, 'upgrade') !== undefined || optionOf(line, 'force-reinstall') !== undefined) return false;
  if (hasFile(line)) return true;
  return installs.some((other) => other.order < order && other.target.kind === target.kind && hasFile(other.line));
}

function hasFile({ options }: Install['line']): boolean {
  return options.some(({ name }) => name === 'requirement' || name === 'requirements');
}
