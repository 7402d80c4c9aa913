/**
 * `npm run check`: green or red in one command. `-- --without-tests` leaves the tests out, for where they have just run.
 * Closes with a line `N passed, N failed`; the steps count as one each.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

interface Step {
  readonly name: string;
  readonly command: string;
  readonly isTest?: boolean;
}

const STEPS: readonly Step[] = [
  { name: 'format and lint', command: 'biome ci --colors=off --error-on-warnings .' },
  { name: 'types', command: 'tsc --noEmit' },
  { name: 'generated files', command: 'tsx scripts/generate.ts --check' },
  { name: 'bundle', command: 'node scripts/build.mjs --check' },
  { name: 'tests', command: 'vitest run', isTest: true },
  { name: 'conformance', command: 'tsx scripts/conformance.ts' },
  { name: 'corpus', command: 'tsx scripts/corpus.ts --fix --pedantic' },
  { name: 'archives', command: 'tsx scripts/archives.ts' },
  { name: 'dead code', command: 'knip' },
  { name: 'package', command: 'publint --strict' },
  { name: 'types of the package', command: 'attw --pack . --no-emoji --no-color --format ascii' },
];

const root = join(import.meta.dirname, '..');
const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
const withoutTests = process.argv.includes('--without-tests');
const failed: string[] = [];
const steps = STEPS.filter(({ isTest }) => !(withoutTests && isTest));
for (const { name, command } of steps) {
  console.log(`\n# ${name}: ${command}`);
  const { status } = spawnSync('sh', ['-c', command], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) console.log(`\nfailed: ${failed.join(', ')}`);
console.log(`\n${steps.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
