import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, describe, expect, test } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { fixText } from '../../src/engine/fix.ts';
import { build, buildBases, needsBases, runIn } from './debian.ts';
import { folder, orStop, startDocker, stopAll, toFile } from './engines.ts';
import { inspect, title } from './reports.ts';

// Realistic Dockerfiles that install into the base Python, and what the fix of the whole file makes of them: both are built by a real
// engine on a real Debian, and the second has to offer whatever the first did, in every way that somebody gets into a container.

afterAll(stopAll);

const docker = new Docker({ socketPath: join(folder, 'd.sock') });
const samples = join(import.meta.dirname, 'migrations');
const names = readdirSync(samples)
  .filter((name) => name.endsWith('.Dockerfile'))
  .map((name) => name.replace('.Dockerfile', ''));

async function prepare(): Promise<string | undefined> {
  const failure = needsBases() ?? (await startDocker());
  if (failure === undefined) await buildBases(docker);
  return failure;
}

const reason = await orStop(prepare());
const sizes: Record<string, { readonly before: number; readonly after: number }> = {};
afterAll(() => {
  if (process.env.PLIMSOLL_SIZES !== undefined) writeFileSync(process.env.PLIMSOLL_SIZES, JSON.stringify(sizes));
});

test('there are at least 25', () => {
  expect(names.length).toBeGreaterThanOrEqual(25);
});

const PROGRAMS = ['python', 'python3', 'pip', 'pip3', 'flask', 'gunicorn', 'shop'];

/** How somebody gets in: words before `sh -c …`, and whether root does. */
const WAYS: Readonly<Record<string, { readonly words: string; readonly asRoot: boolean }>> = {
  exec: { words: 'sh -c', asRoot: false },
  'login shell': { words: 'bash -lc', asRoot: false },
  'su -': { words: 'su - root -c', asRoot: true },
  sudo: { words: 'sudo sh -c', asRoot: true },
  'sudo -i': { words: 'sudo -i sh -c', asRoot: true },
  cron: { words: 'env -i PATH=/usr/bin:/bin HOME=/root sh -c', asRoot: true },
};

/** What each program is in each way; a way is left out where the image has no such program. */
async function resolutions(tag: string): Promise<Record<string, Record<string, string>>> {
  const probe = PROGRAMS.map((name) => `command -v ${name}`).join('; ');
  const found: Record<string, Record<string, string>> = {};
  for (const asRoot of [false, true]) {
    const lines = Object.entries(WAYS)
      .filter(([, way]) => way.asRoot === asRoot)
      .map(([how, { words }]) => {
        const needed = how.startsWith('sudo') ? 'sudo' : how === 'cron' ? 'crontab' : 'sh';
        return `if command -v ${needed} > /dev/null; then echo "way ${how}"; ${words} '${probe}'; fi`;
      });
    const output = await runIn(docker, tag, { argv: ['sh', '-c', lines.join('\n')], ...(asRoot ? { user: '0' } : {}) });
    let programs: Record<string, string> = {};
    for (const line of output.split('\n')) {
      const way = /^way (.*)$/.exec(line)?.[1];
      if (way !== undefined) {
        programs = {};
        found[way] = programs;
      } else if (line.startsWith('/')) programs[line.split('/').at(-1) ?? ''] = line;
    }
  }
  return found;
}

describe(title('migrations', reason), () => {
  for (const name of names)
    test.skipIf(reason)(name, async () => {
      const before = readFileSync(join(samples, `${name}.Dockerfile`), 'utf8');
      const { text: after, fixed, bug, result } = fixText(before, rules, { unsafe: true, pedantic: true });
      expect(bug).toBeUndefined();
      await expect(after).toMatchFileSnapshot(join(samples, `${name}.mended`));
      const mended = new Set(fixed.filter(({ fix }) => fix?.isWide).map(({ rule }) => rule.id));
      expect(mended.size).toBeGreaterThan(0);
      expect(result.findings.filter(({ rule }) => mended.has(rule.id))).toEqual([]);

      const tag = `localhost/${name}`;
      const failure = /^# before: (.*)$/m.exec(before)?.[1];
      // Both at once: most of the time is one process waiting for the other's disk.
      const [ways, original] = await Promise.all([
        build(docker, after, `${tag}:after`).then(() => resolutions(`${tag}:after`)),
        failure === undefined
          ? build(docker, before, `${tag}:before`).then(() => resolutions(`${tag}:before`))
          : expect(build(docker, before, `${tag}:before`))
              .rejects.toThrow(failure)
              .then(() => undefined),
      ]);
      const saved = await toFile(await docker.getImage(`${tag}:after`).get(), 'image.tar');
      const report = inspect(saved, {}, ['--fail-on', 'never', '--base-layers', '3', '--pedantic']);
      expect(report.findings.filter(({ rule }) => mended.has(rule))).toEqual([]);
      for (const { path, marker } of report.python.interpreters)
        expect([path, marker?.state]).toEqual([path, expectedMarker(path)]);
      for (const way of ['exec', 'login shell', 'su -'])
        expect([way, ways[way]?.python3]).toEqual([way, '/opt/venv/bin/python3']);
      if (original === undefined) return;
      sizes[name] = { before: await sizeOf(`${tag}:before`), after: await sizeOf(`${tag}:after`) };
      // Whatever was found is found still.
      for (const [way, found] of Object.entries(original))
        expect([way, Object.keys(ways[way] ?? {})]).toEqual([way, expect.arrayContaining(Object.keys(found))]);
      // And it starts with the same words, places apart.
      const words = async (one: string) => (await runIn(docker, one)).replace(/\S*\/\S+/g, 'PATH');
      expect(await words(`${tag}:after`)).toBe(await words(`${tag}:before`));
    });
});

/** Bytes of all layers. */
async function sizeOf(tag: string): Promise<number> {
  return (await docker.getImage(tag).inspect()).Size;
}

/** Debian's Python has its marker, the one in /usr/local never had any. */
function expectedMarker(path: string): string {
  return path.startsWith('/usr/bin/') ? 'intact' : 'absent';
}
