import type { ImageFinding } from '../engine/image.ts';
import type { PlacedFinding } from '../engine/join.ts';
import type { Applicability, Severity } from '../engine/rule.ts';
import { decoded } from '../image/file-system.ts';
import type { Inspection } from '../image/inspect.ts';
import { nameOf } from '../image/users.ts';
import type { InspectReport } from './inspect-report.ts';
import { dockerfileFinding, headOf, rangeOf } from './json-finding.ts';
import type { JsonFinding, JsonImage, JsonImageFinding, JsonImagePlace, JsonSummary } from './json-types.ts';

/** The JSON report of `inspect`, version 1: fields are added, never renamed or removed (docs/json.md). */
export function inspectJson(report: InspectReport, version: string): string {
  const document = { version: 1, tool: { name: 'plimsoll', version }, ...inspectParts(report) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** What an image is, what was found in it, and how much of that. */
export function inspectParts(report: InspectReport): {
  readonly image: JsonImage;
  readonly findings: readonly (JsonFinding | JsonImageFinding)[];
  readonly summary: JsonSummary;
} {
  const { inspection, findings, dockerfile } = report;
  const { image, layers, total, live, wasted, efficiency, byCause, litter, notes } = inspection;
  const { config } = image;
  return {
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
        path: decoded(path),
        cause,
        writtenBy,
        killedBy,
        files,
        size,
      })),
      litter: litter.map(({ kind, files, size, example }) => ({ kind, files, size, example: decoded(example) })),
      ...pythonOf(inspection),
      notes,
    },
    findings: [
      ...findings.map((finding) => findingOf(finding, report)),
      ...(dockerfile?.findings.map(
        (finding): JsonFinding => ({
          ...dockerfileFinding(dockerfile.path, dockerfile.result, finding),
          ...(finding.proof === undefined ? {} : { subject: 'build', image: placeOf(finding.proof, inspection) }),
        }),
      ) ?? []),
    ],
    summary: summaryOf(report),
  };
}

function findingOf(finding: PlacedFinding, { inspection, dockerfile }: InspectReport): JsonImageFinding {
  const { instruction } = finding;
  return {
    ...headOf(finding),
    subject: 'image',
    ...(instruction === undefined || dockerfile === undefined
      ? {}
      : { path: dockerfile.path, range: rangeOf(dockerfile.result, instruction.range) }),
    image: placeOf(finding, inspection),
  };
}

function placeOf({ layer, path }: ImageFinding, { layers }: Inspection): JsonImagePlace {
  const createdBy = layer === undefined ? undefined : layers[layer]?.createdBy;
  return {
    ...(layer === undefined ? {} : { layer }),
    ...(path === undefined ? {} : { path }),
    ...(createdBy === undefined ? {} : { createdBy }),
  };
}

function summaryOf({ findings, dockerfile }: InspectReport): JsonSummary {
  const inFile = dockerfile?.findings ?? [];
  const all = [...findings, ...inFile];
  const count = (wanted: Severity): number => all.filter(({ severity }) => severity === wanted).length;
  const fixable = (wanted: Applicability): number => inFile.filter(({ fix }) => fix?.applicability === wanted).length;
  return {
    files: dockerfile === undefined ? 0 : 1,
    error: count('error'),
    warning: count('warning'),
    info: count('info'),
    suppressed: dockerfile?.result.suppressed.length ?? 0,
    fixable: { safe: fixable('safe'), unsafe: fixable('unsafe') },
  };
}

/** What the image means for Python. */
function pythonOf({
  model: { python, activations, accesses },
}: Inspection): Pick<JsonImage, 'python' | 'activation' | 'access'> {
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
          ...(marker.changedBy === undefined
            ? {}
            : { [marker.state === 'removed' ? 'removedBy' : 'changedBy']: marker.changedBy }),
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
