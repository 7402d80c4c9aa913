// Bundles the command line into bin/plimsoll.js: one file that runs with no node_modules. `--check` compares only.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const bundled = ['unbash', 'ignore', '@balena/dockerignore', 'diff'];

const licences = bundled
  .map((name) => {
    const folder = join(root, 'node_modules', name);
    const file = ['LICENSE', 'LICENSE-MIT', 'LICENSE.md'].find((candidate) => existsSync(join(folder, candidate)));
    const { version: own } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${own}\n\n${readFileSync(join(folder, file ?? 'LICENSE'), 'utf8').trim()}\n`;
  })
  .join(`\n${'-'.repeat(78)}\n\n`);

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20.19',
  // CommonJS starts about ten milliseconds earlier than a module; bin/package.json says so.
  format: 'cjs',
  minify: true,
  // One byte a character: V8 reads and scans that faster than text with a few wide ones in it.
  charset: 'ascii',
  legalComments: 'none',
};
/** What is shown only now and then lies beside the bundle, so that a run does not have to read past it. */
const texts = {
  name: 'texts',
  setup: ({ onResolve }) =>
    onResolve({ filter: /texts\.generated\.ts$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './texts.js', external: true },
    ),
};
const main = await build({
  ...common,
  entryPoints: ['src/cli/bin.ts'],
  outfile: 'bin/plimsoll.js',
  plugins: [texts],
  // `require`: import() would start Node's module loader.
  supported: { 'dynamic-import': false },
  banner: { js: '#!/usr/bin/env node\n// Made by `npm run build`. Licences of what is bundled: bin/LICENSES.txt' },
  define: { PLIMSOLL_VERSION: JSON.stringify(version) },
});
const beside = await build({ ...common, entryPoints: ['rules/texts.generated.ts'], outfile: 'bin/texts.js' });
const files = [
  ['bin/plimsoll.js', main.outputFiles[0].text, 0o755],
  ['bin/texts.js', beside.outputFiles[0].text, 0o644],
  ['bin/LICENSES.txt', `What bin/plimsoll.js contains besides Plimsoll's own code:\n\n${licences}`, 0o644],
  ['bin/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`, 0o644],
];
for (const [path, text, mode] of files) {
  const full = join(root, path);
  if (existsSync(full) && readFileSync(full, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    console.log(`stale: ${path}; run \`npm run build\` and commit what it writes`);
    process.exitCode = 1;
  } else {
    writeFileSync(full, text, { mode });
    console.log(`written: ${path}`);
  }
}
