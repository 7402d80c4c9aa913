import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const action = parse(readFileSync(join(root, 'action.yml'), 'utf8'));

/** Runs the Action as the runner starts it: its bundle, inputs as variables, files for outputs and the summary. */
export function runAction(node: string, folder: string, inputs: Readonly<Record<string, string>>) {
  const declared = action.inputs as Record<string, { default?: string }>;
  for (const name of Object.keys(inputs)) expect(Object.keys(declared)).toContain(name);
  const variables = Object.entries(declared).map(([name, { default: usual = '' }]) => [
    `INPUT_${name.toUpperCase()}`,
    inputs[name] ?? usual,
  ]);
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  const { status, stdout, stderr } = spawnSync(node, [join(root, action.runs.main)], {
    cwd: folder,
    env: { ...Object.fromEntries(variables), ...files, PATH: process.env.PATH ?? '' },
    encoding: 'utf8',
  });
  const text = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  const pairs = text(files.GITHUB_OUTPUT)
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('='));
  const outputs: Record<string, string> = Object.fromEntries(pairs);
  expect(Object.keys(outputs).filter((name) => !(name in action.outputs))).toEqual([]);
  const out = stdout.split('\n').filter(Boolean);
  return { code: status, out, err: stderr, outputs, summary: text(files.GITHUB_STEP_SUMMARY) };
}
