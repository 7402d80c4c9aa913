import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folder, missing, start, stopAll, toFile } from './engines.ts';
import { facts, inspect, type Report, sums, title } from './reports.ts';
import { buildSample, DOCKERFILE, NAME } from './sample.ts';

const root = join(import.meta.dirname, '../../node_modules/.cache/plimsoll-engines/docker');
const noDocker =
  missing('unshare', 'busybox') ??
  (existsSync(join(root, 'usr/sbin/dockerd'))
    ? undefined
    : 'no newer Docker was unpacked (scripts/install-engines.sh)');

afterAll(stopAll);

/** What the classic store gave, which the other has to agree with. */
let classic: Report | undefined;

describe(title('Docker from 25 on', noDocker), () => {
  for (const store of ['classic', 'containerd'])
    describe(`${store} image store`, () => {
      const share = join(folder, store);
      const docker = new Docker({ socketPath: join(share, 'd.sock') });
      let saved = '';

      beforeAll(async () => {
        if (noDocker !== undefined) return;
        mkdirSync(share);
        writeFileSync(
          join(share, 'd.json'),
          JSON.stringify({ features: { 'containerd-snapshotter': store === 'containerd' } }),
        );
        const failure = await start(
          join(share, 'd.sock'),
          join(import.meta.dirname, 'run-in.sh'),
          ...[
            root,
            share,
            'dockerd',
            '--config-file',
            '/x/d.json',
            '--host',
            'unix:///x/d.sock',
            '--data-root',
            '/run/data',
          ],
          ...['--exec-root', '/run/exec', '--pidfile', '/run/d.pid', '--bridge=none', '--iptables=false'],
          ...['--ip6tables=false', '--ip-masq=false'],
        );
        expect(failure).toBeUndefined();
        // BuildKit with that store takes a context over a session alone, which dockerode does not speak.
        await buildSample(docker, store === 'containerd' ? '1' : '2');
        saved = await toFile(await docker.getImage(NAME).get(), `${store}.tar`);
      });

      test.skipIf(noDocker)('is read from the archive', () => {
        const report = inspect(saved);
        expect(report).toMatchObject({ source: 'docker-archive', reference: expect.stringContaining(NAME), notes: [] });
        if (store === 'classic')
          expect(report.layers.map(({ createdBy }) => createdBy)).toContainEqual('COPY app /app # buildkit');
        // The new store keeps layers as they are pushed: compressed.
        const isPacked = report.layers.map(({ digest, diffId }) => digest !== diffId);
        expect(new Set(isPacked)).toEqual(new Set([store === 'containerd']));
        expect(report.size.byCause).toMatchObject({ metadata: 391_005, overwritten: 5 });
        expect(report.size.total).toBe(report.size.live + report.size.wasted);
        const file = join(folder, 'Dockerfile');
        writeFileSync(file, DOCKERFILE);
        // A history that does not fit would be told of on standard error.
        inspect(saved, {}, ['--fail-on', 'never', '--dockerfile', file]);
        if (classic === undefined) classic = report;
        else expect(sums(report)).toEqual(sums(classic));
      });

      test.skipIf(noDocker)('and is the same from the daemon', () => {
        const report = inspect(`docker:${NAME}`, { DOCKER_HOST: `unix://${share}/d.sock` });
        expect(report.source).toBe('docker');
        expect(facts(report)).toEqual(facts(inspect(saved)));
      });
    });
});
