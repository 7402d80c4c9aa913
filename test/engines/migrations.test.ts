import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, describe, expect, test } from 'vitest';
import { estimateOf } from '../../src/advise/size-estimate.ts';
import { fixText } from '../../src/engine/fix.ts';
import { modelOf } from '../../src/engine/model.ts';
import { defaultRules as rules } from '../default-rules.ts';
import { build, buildBases, needsBases, runIn } from './debian.ts';
import { folder, orStop, startDocker, stopAll } from './engines.ts';
import { bin, inspect, title } from './reports.ts';

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
      const report = inspect(`docker:${tag}:after`, { DOCKER_HOST: `unix://${folder}/d.sock` }, [
        '--fail-on',
        'never',
        '--base-layers',
        '3',
        '--pedantic',
      ]);
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

/** Where COPY of a base Python is replaced, the size of that Python decides, and the one here is no official one. */
const UNLIKE = /^official-(?:all-of-local|two-stages)$/;

describe(title('estimates of size', reason), () => {
  test.skipIf(reason)('the model says what the engine measures, within 15 %', () => {
    const rows = Object.entries(sizes)
      .filter(([name]) => !UNLIKE.test(name))
      .map(([name, { before, after }]) => {
        const text = (kind: string) => readFileSync(join(samples, `${name}.${kind}`), 'utf8');
        const [from, to] = ['Dockerfile', 'mended'].map((kind) => estimateOf(modelOf(text(kind)).python.stages).total);
        return { name, measured: after - before, estimated: (to ?? 0) - (from ?? 0) };
      });
    // A difference of nothing is right to the megabyte.
    const isClose = ({ measured, estimated }: (typeof rows)[number]) =>
      Math.abs(measured) < 1_000_000
        ? Math.abs(estimated) < 1_000_000
        : Math.abs(estimated - measured) <= 0.15 * Math.abs(measured);
    expect(rows.filter((row) => !isClose(row))).toEqual([]);
    expect(rows.filter(({ measured }) => Math.abs(measured) > 1_000_000).length).toBeGreaterThanOrEqual(10);
  });
});

describe(title('prove', reason), () => {
  const project = join(folder, 'project');

  /** Runs the bundle on a Dockerfile in a context with what the samples copy. */
  function prove(dockerfile: string, ...args: readonly string[]) {
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, 'requirements.txt'), 'flask==1.0\ngunicorn==1.0\n');
    writeFileSync(join(project, 'secret.txt'), 'not to be sent');
    writeFileSync(join(project, '.dockerignore'), 'secret*\n');
    writeFileSync(join(project, 'Dockerfile'), dockerfile);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [bin, 'prove', 'Dockerfile', '--network', 'none', '--format', 'json', ...args],
      {
        cwd: project,
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', HOME: folder, DOCKER_HOST: `unix://${folder}/d.sock` },
      },
    );
    return { status, stderr, proof: stdout === '' ? undefined : JSON.parse(stdout) };
  }

  const sample = () => readFileSync(join(samples, 'break-flag.Dockerfile'), 'utf8');

  test.skipIf(reason)('builds both, says what is different and leaves nothing behind', async () => {
    const dockerfile = `${sample()}COPY . /context\n`;
    const { status, proof, stderr } = prove(dockerfile);
    expect([status, stderr.includes('failed')]).toEqual([0, false]);
    expect(proof).toMatchObject({
      before: { built: true },
      after: { built: true },
      different: { lost: [], added: [] },
    });
    expect(proof.different.gone).toContain('base-pip-install');
    expect(proof.after.activation.find(({ how }: { how: string }) => how === 'login-shell').python3).toBe(
      '/opt/venv/bin/python3',
    );
    expect(readFileSync(join(project, 'Dockerfile'), 'utf8')).toBe(dockerfile);
    const images = await docker.listImages();
    expect(images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.includes('plimsoll-prove'))).toEqual(
      [],
    );
  });

  test.skipIf(reason)('shows the log of a build that fails; a file that never built may be mended', () => {
    const broken = prove(`${sample()}RUN echo before && exit 7\n`);
    expect([broken.status, broken.proof.before.built, broken.proof.after.built]).toEqual([2, false, false]);
    expect(broken.stderr).toContain('before');
    const never = prove(readFileSync(join(samples, 'build-fails.Dockerfile'), 'utf8'));
    expect([never.status, never.proof.before.built, never.proof.after.built]).toEqual([0, false, true]);
    expect(never.stderr).toContain('externally-managed-environment');
  });

  test.skipIf(reason)(
    '--keep keeps both; the context comes as .dockerignore has it, with the classic builder and with BuildKit',
    async () => {
      const dockerfile = `${sample()}COPY . /context\n`;
      for (const text of [
        dockerfile,
        dockerfile.replace('RUN pip3', 'RUN --mount=type=cache,target=/root/.cache pip3'),
      ]) {
        const { status, proof, stderr } = prove(text, '--keep');
        expect([status, stderr.includes('failed')]).toEqual([0, false]);
        expect(proof.after.built).toBe(true);
        const kept = /kept (\S+) and (\S+)/.exec(stderr)?.slice(1) ?? [];
        expect(kept).toHaveLength(2);
        for (const tag of kept) {
          const listed = await runIn(docker, tag, { argv: ['ls', '-A', '/context'] });
          expect(listed.split(/\s+/).filter(Boolean).sort()).toEqual([
            '.dockerignore',
            'Dockerfile',
            'requirements.txt',
          ]);
          await docker.getImage(tag).remove({ force: true });
        }
      }
    },
  );

  test.skipIf(reason)('where no fix applies nothing is built, and where no engine answers it says so', () => {
    expect(prove('FROM scratch\nCOPY requirements.txt /\n').stderr).toContain('nothing to prove');
    const { status, stderr } = spawnSync(process.execPath, [bin, 'prove', project, '--engine', 'docker'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', HOME: folder, DOCKER_HOST: `unix://${folder}/none.sock` },
    });
    writeFileSync(join(project, 'Dockerfile'), sample());
    const asked = spawnSync(process.execPath, [bin, 'prove', project, '--engine', 'docker'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', HOME: folder, DOCKER_HOST: `unix://${folder}/none.sock` },
    });
    expect([status, stderr.includes('nothing to prove')]).toEqual([0, true]);
    expect([asked.status, asked.stderr]).toEqual([2, expect.stringContaining('did not answer')]);
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
