// Bundles the command line into bin/plimsoll.js: one file that runs with no node_modules. `--check` compares only.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
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
/** What only some runs need lies beside the bundle, so that the others do not have to read past it. */
const besides = {
  texts: 'rules/texts.generated.ts',
  inspect: 'src/cli/inspect-command.ts',
  advise: 'src/cli/advise-command.ts',
  prove: 'src/cli/prove-command.ts',
  help: 'src/cli/help.ts',
  completions: 'src/cli/completions.ts',
  config: 'src/config/load.ts',
  'build-files': 'src/cli/build-files.ts',
  'hcl-grammar': 'src/cli/hcl-grammar.ts',
  init: 'src/cli/init-command.ts',
  action: 'src/cli/action.ts',
  library: 'src/library/plimsoll.ts',
  daemon: 'src/image/sources/daemon.ts',
  registry: 'src/image/sources/registry.ts',
  'rpm-sqlite': 'src/image/packages/rpm-sqlite.ts',
  'layer-thread': 'src/image/sources/layer-thread.ts',
};
const beside = {
  name: 'beside',
  setup: ({ onResolve }) => {
    for (const [name, path] of Object.entries(besides))
      onResolve({ filter: new RegExp(`/${basename(path).replaceAll('.', '[.]')}$`) }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: `./${name}.js`, external: true },
      );
  },
};
/** Parts of dockerode that only building images needs, and a native addon that ssh2 does without. */
const unused = {
  name: 'unused',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(?:cpu-features|[.]\/session|[.]\/buildkit|tar-fs|.*[.]node)$/ }, ({ path }) => ({
      path,
      namespace: 'unused',
    }));
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: `module.exports = {}; // ${path}`,
    }));
  },
};
const options = {
  ...common,
  metafile: true,
  plugins: [beside, unused],
  // Its module makes a `require` of its own, which hides the one that import() becomes.
  alias: { 'web-tree-sitter': join(root, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
  // `require`: import() would start Node's module loader.
  supported: { 'dynamic-import': false },
  define: {
    PLIMSOLL_VERSION: JSON.stringify(version),
    PLIMSOLL_LAYER_THREAD: '"layer-thread.js"',
    'import.meta.url': '__filename',
    PLIMSOLL_WASM: JSON.stringify(['web-tree-sitter.wasm', 'tree-sitter-hcl.wasm']),
  },
};
const main = await build({
  ...options,
  entryPoints: ['src/cli/bin.ts'],
  outfile: 'bin/plimsoll.js',
  banner: { js: '#!/usr/bin/env node\n// Made by `npm run build`. Licences of what is bundled: bin/LICENSES.txt' },
});
const others = await Promise.all(
  Object.entries(besides).map(([name, path]) => build({ ...options, entryPoints: [path], outfile: `bin/${name}.js` })),
);
/** The licences of the packages that esbuild took files from. */
const packages = [main, ...others]
  .flatMap(({ metafile }) => Object.keys(metafile.inputs))
  .concat('node_modules/@tree-sitter-grammars/tree-sitter-hcl/')
  .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  .filter((name) => name !== undefined);
const licences = [...new Set(packages)]
  .sort()
  .map((name) => {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((candidate) => /^licen[cs]e(?:-mit)?(?:[.](?:md|txt))?$/i.test(candidate));
    const { version: own, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${own}\n\n${text}\n`;
  })
  .join(`\n${'-'.repeat(78)}\n\n`);
/** The declarations of what the library exports: these files name no others. */
const declarations = ['library/plimsoll.d.ts', 'report/json-types.d.ts'];
const types = mkdtempSync(join(tmpdir(), 'plimsoll-types-'));
execFileSync(
  process.execPath,
  [
    join(root, 'node_modules/typescript/bin/tsc'),
    ...['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', root, '--outDir', types],
  ],
  { cwd: root, stdio: 'inherit' },
);
const typeFiles = declarations.map((path) => [
  `bin/types/${path}`,
  // What the compiler emits names the sources.
  readFileSync(join(types, 'src', path), 'utf8').replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"),
  0o644,
]);
rmSync(types, { recursive: true });
const files = [
  ['bin/plimsoll.js', main.outputFiles[0].text, 0o755],
  ...others.map(({ outputFiles }, index) => [`bin/${Object.keys(besides)[index]}.js`, outputFiles[0].text, 0o644]),
  ...typeFiles,
  ['bin/LICENSES.txt', `What the files in bin contain besides Plimsoll's own code:\n\n${licences}`, 0o644],
  ['bin/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`, 0o644],
  // sql.js looks for it beside itself.
  ['bin/sql-wasm.wasm', readFileSync(join(root, 'node_modules/sql.js/dist/sql-wasm.wasm')), 0o644],
  ...['web-tree-sitter', '@tree-sitter-grammars/tree-sitter-hcl'].map((name) => {
    const file = `${basename(name)}.wasm`;
    return [`bin/${file}`, readFileSync(join(root, 'node_modules', name, file)), 0o644];
  }),
];
for (const [path, content, mode] of files) {
  const full = join(root, path);
  if (existsSync(full) && readFileSync(full).equals(Buffer.from(content))) continue;
  if (process.argv.includes('--check')) {
    console.log(`stale: ${path}; run \`npm run build\` and commit what it writes`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content, { mode });
    console.log(`written: ${path}`);
  }
}
