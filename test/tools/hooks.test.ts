import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { claim, folder, look, must, type Need, needsTool, read, run, tool, write } from './toolbox.ts';

// The hooks as pre-commit itself installs and runs them: from a clone of this repository, as it is committed.

const root = join(import.meta.dirname, '../..');
const inClone: Need = existsSync(join(root, '.git')) ? undefined : 'this is no clone of a repository';
const needsNpm: Need =
  look([join(dirname(process.execPath), 'npm'), '--version']) === undefined ? 'npm is not beside node' : undefined;
const BAD = 'FROM python:3.13-slim\nRUN pip install flask==3.1.0\n';
const GOOD = 'FROM python:3.13-slim\nRUN pip install --no-cache-dir flask==3.1.0\n';

/** A project with the hook in it, and pre-commit run over all of its files. */
function project(hook: string, files: Readonly<Record<string, string>>) {
  const directory = folder('hooks');
  const git = (...args: string[]) =>
    must(['git', '-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...args], {
      cwd: directory,
    });
  must(['git', 'clone', '-q', root, join(directory, 'plimsoll')]);
  const revision = must(['git', 'rev-parse', 'HEAD'], { cwd: root }).trim();
  git('init', '-q', 'project');
  const config = `repos:\n  - repo: ${join(directory, 'plimsoll')}\n    rev: ${revision}\n    hooks: [{ id: ${hook} }]\n`;
  for (const [path, text] of Object.entries({ '.pre-commit-config.yaml': config, ...files }))
    write(join(directory, 'project', path), text);
  must(['git', 'add', '-A'], { cwd: join(directory, 'project') });
  const env = {
    PRE_COMMIT_HOME: join(directory, 'home'),
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
  };
  const outcome = run([tool('pre-commit'), 'run', '--all-files', '--color', 'never'], {
    cwd: join(directory, 'project'),
    env,
  });
  return { ...outcome, file: (path: string) => read(join(directory, 'project', path)) };
}

claim(
  'plimsoll is given every Dockerfile by whatever name, and what the configuration excludes is left out',
  () => {
    const names = ['Dockerfile', 'api.dockerfile', 'Dockerfile-api', 'image/Containerfile.web', 'DOCKERFILE'];
    const { code, text } = project('plimsoll', {
      ...Object.fromEntries(names.map((name) => [name, BAD])),
      'vendor/Dockerfile': BAD,
      'Dockerfile.md': 'no Dockerfile',
      'compose.yaml': `services:\n  a:\n    build:\n      dockerfile_inline: |\n${BAD.replace(/^(?=.)/gm, '        ')}  b: { build: ./gone }\n`,
      'docker-bake.json': '{ "target": { "a": { "context": "gone" } } }',
      'plimsoll.yaml': 'exclude: [vendor/]\n',
    });
    expect(code).toBe(1);
    for (const name of names) expect(text).toContain(`${name}:2:5`);
    expect(text).toContain('compose.yaml:6:13');
    expect(text).not.toContain('vendor/');
    expect(text).not.toContain('gone');
    expect(text).toContain(`${names.length + 1} problems in ${names.length + 1} files`);
  },
  needsTool('pre-commit'),
  needsNpm,
  inClone,
);

claim(
  'plimsoll passes where there is nothing to say',
  () => {
    const { code, text } = project('plimsoll', { Dockerfile: GOOD });
    expect([code, text]).toEqual([0, expect.stringContaining('Passed')]);
  },
  needsTool('pre-commit'),
  needsNpm,
  inClone,
);

claim(
  'plimsoll-fix mends in place, and fails because it did',
  () => {
    const { code, file } = project('plimsoll-fix', { Dockerfile: BAD });
    expect([code, file('Dockerfile')]).toEqual([1, GOOD]);
  },
  needsTool('pre-commit'),
  needsNpm,
  inClone,
);
