import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';
import { isUserBase } from '../../src/python/copied.ts';
import type { CopyFacts } from '../../src/python/copies.ts';
import { factsOf, isKept } from '../../src/python/facts.ts';
import { isRoot } from '../../src/python/users.ts';

export default defineRule({
  *dockerfile(file) {
    const user = file.final?.end.user;
    if (user?.known === false) return;
    const name = (user?.text ?? 'root').split(':')[0] ?? '';
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      for (const copy of pythonStage.copies) {
        const source = factsOf(copy.from, file.python.stages);
        const isInstalled =
          source?.installs.some(({ tool }) => tool === 'pip' || tool === 'uv' || tool === 'pipx') ?? false;
        if (!isInstalled || !copy.sources.some(({ path }) => isUserBase(path.text))) continue;
        const report = judge(copy, name);
        if (report !== undefined)
          yield {
            at: copy.targetArg.range,
            data: { path: copy.target.text, user: name },
            ...report,
            severity: weighed(report.severity ?? 'error', pythonStage.stage),
            fix: () => migrationOf(file, pythonStage),
          };
      }
    }
  },
});

function judge({ target }: CopyFacts, user: string): Pick<Report, 'message' | 'severity'> | undefined {
  if (/^\/root(?:\/|$)/.test(target.text))
    return isRoot(user) ? { message: 'root', severity: 'info' } : { severity: 'error' };
  const home = /^\/home\/([^/]+)\/\.local/.exec(target.text)?.[1];
  // A number may be the very user whose home it is.
  if (home === undefined || home === user || /^\d+$/.test(user) !== /^\d+$/.test(home))
    return isRoot(user) && home !== undefined ? { message: 'home', severity: 'info' } : undefined;
  return { message: 'home', severity: isRoot(user) ? 'info' : 'warning' };
}
