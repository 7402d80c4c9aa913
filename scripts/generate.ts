/**
 * Makes what is derived from the YAML files: `npm run generate` writes, `npm run generate -- --check` only compares and
 * exits 1 where something is stale.
 *   src/python/bases.yaml -> src/python/bases.generated.ts
 *   rules/<family>/<id>.yaml (+ .ts) -> rules/registry.generated.ts, docs/rules/
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { generatedFiles } from './generated-files.ts';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const files = generatedFiles(root, parse);
const stale: string[] = [];
for (const [path, text] of files) {
  const full = join(root, path);
  if (existsSync(full) && readFileSync(full, 'utf8') === text) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}
const pages = join(root, 'docs/rules');
for (const name of existsSync(pages) ? readdirSync(pages) : []) {
  if (files.has(`docs/rules/${name}`)) continue;
  stale.push(`docs/rules/${name}`);
  if (!check) rmSync(join(pages, name));
}
for (const path of stale) console.log(`${check ? 'stale' : 'written'}: ${path}`);
if (check && stale.length > 0) {
  console.log('run `npm run generate` and commit what it writes');
  process.exitCode = 1;
}
