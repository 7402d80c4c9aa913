import type { ImageFinding } from '../engine/image.ts';
import type { Inspection } from '../image/inspect.ts';
import { nameOf } from '../image/users.ts';
import { ruleUrl } from './report.ts';

/** The JSON report of `inspect`, version 1: fields are added, never renamed or removed (docs/json.md). */
export function inspectJson(inspection: Inspection, findings: readonly ImageFinding[], version: string): string {
  const { image, layers, total, live, wasted, efficiency, byCause, litter, notes } = inspection;
  const { config } = image;
  const document = {
    version: 1,
    tool: { name: 'plimsoll', version },
    image: {
      reference: image.reference,
      source: image.source,
      platform: image.platform ?? null,
      digest: image.digest ?? null,
      config:
        config === undefined
          ? null
          : {
              user: config.user,
              env: config.env,
              workdir: config.workdir,
              entrypoint: config.entrypoint,
              cmd: config.cmd,
              shell: config.shell,
            },
      layers: layers.map(
        ({ index, digest, diffId, mediaType, size, compressedSize, entries, createdBy, wasted, note }) => ({
          index,
          digest: digest ?? null,
          diffId: diffId ?? null,
          mediaType: mediaType ?? null,
          size,
          compressedSize: compressedSize ?? null,
          entries,
          createdBy: createdBy ?? null,
          wasted,
          ...(note === undefined ? {} : { inspected: false, note }),
        }),
      ),
      size: { total, live, wasted, efficiency: Number(efficiency.toFixed(4)), byCause },
      waste: inspection.waste.map(({ path, cause, writtenBy, killedBy, files, size }) => ({
        path: utf8(path),
        cause,
        writtenBy,
        killedBy,
        files,
        size,
      })),
      litter: litter.map(({ kind, files, size, example }) => ({ kind, files, size, example: utf8(example) })),
      ...pythonOf(inspection),
      notes,
    },
    findings: findings.map((finding) => findingOf(finding, inspection)),
    summary: summaryOf(findings),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function findingOf({ rule, severity, confidence, message, path, layer }: ImageFinding, { layers }: Inspection): object {
  const createdBy = layer === undefined ? undefined : layers[layer]?.createdBy;
  return {
    rule: rule.id,
    family: rule.family,
    severity,
    confidence,
    message,
    url: ruleUrl(rule.id),
    subject: 'image',
    image: {
      ...(layer === undefined ? {} : { layer }),
      ...(path === undefined ? {} : { path }),
      ...(createdBy === undefined ? {} : { createdBy }),
    },
  };
}

function summaryOf(findings: readonly ImageFinding[]): object {
  const count = (wanted: ImageFinding['severity']): number =>
    findings.filter(({ severity }) => severity === wanted).length;
  return {
    files: 0,
    error: count('error'),
    warning: count('warning'),
    info: count('info'),
    suppressed: 0,
    fixable: { safe: 0, unsafe: 0 },
  };
}

/** What the image means for Python. */
function pythonOf({ model: { python, activations, accesses } }: Inspection): object {
  return {
    python: {
      interpreters: python.interpreters.map(({ path, version, stdlib, kind, owner, marker }) => ({
        path,
        version,
        stdlib,
        kind,
        owner: owner ?? null,
        marker: {
          path: marker.path,
          state: marker.state,
          ...(marker.owner === undefined ? {} : { owner: marker.owner }),
          ...(marker.state === 'removed' && marker.changedBy !== undefined ? { removedBy: marker.changedBy } : {}),
          ...(marker.evidence === 'database' ? { evidence: marker.evidence } : {}),
        },
      })),
      environments: python.environments.map(({ path, kind, createdAt, interpreter, version, size, layer }) => ({
        path,
        kind,
        createdAt: createdAt ?? null,
        interpreter: interpreter?.path ?? null,
        version: version ?? null,
        size,
        layer,
      })),
    },
    activation: activations.map(({ how, user, path, python: first, python3, pip, virtualEnv }) => ({
      how,
      user: nameOf(user),
      path: path ?? null,
      python: first?.failure === undefined ? (first?.found ?? null) : null,
      python3: python3?.failure === undefined ? (python3?.found ?? null) : null,
      pip: pip?.failure === undefined ? (pip?.found ?? null) : null,
      environment: (python3?.environment ?? first?.environment)?.path ?? null,
      virtualEnv: virtualEnv ?? null,
    })),
    access: accesses.map(({ user, path, what, read, execute, write, because }) => ({
      uid: user.uid,
      gid: user.gid,
      path,
      what,
      read,
      execute,
      write,
      ...(because === undefined ? {} : { because }),
    })),
  };
}

/** Names are bytes, one a character; most are UTF-8, and what is not is shown with replacement characters. */
function utf8(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
