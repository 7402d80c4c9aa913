import { describe, expect, test } from 'vitest';
import type { ImageFinding } from '../../src/engine/image.ts';
import { type Join, joinFindings, joinHistory } from '../../src/engine/join.ts';
import { lintText } from '../../src/engine/lint.ts';
import { modelOf } from '../../src/engine/model.ts';
import { defaultRules as rules } from '../default-rules.ts';

const DOCKERFILE = `ARG BASE=debian:13
FROM $BASE AS build
RUN python3 -m venv /opt/venv

FROM debian:13-slim AS base
ENV PATH=/opt/venv/bin:$PATH

FROM base AS app
ARG VERSION
COPY --from=build /opt/venv /opt/venv
RUN rm /usr/lib/python3*/EXTERNALLY-MANAGED && \\
    # why
    echo "done"
USER 1001
CMD ["app"]
`;

type Step = readonly [createdBy: string, isEmptyLayer?: boolean];
const debian: readonly Step[] = [['# debian.sh --arch amd64'], ['CMD ["bash"]', true]];
const histories: Readonly<Record<string, readonly Step[]>> = {
  BuildKit: [
    ...debian,
    ['ENV PATH=/opt/venv/bin:/usr/bin', true],
    ['ARG VERSION', true],
    ['COPY /opt/venv /opt/venv # buildkit'],
    ['RUN |1 VERSION= /bin/sh -c rm /usr/lib/python3*/EXTERNALLY-MANAGED &&     echo "done" # buildkit'],
    ['USER 1001', true],
    ['CMD ["app"]', true],
  ],
  'the classic builder': [
    ...debian,
    ['/bin/sh -c #(nop)  ENV PATH=/opt/venv/bin:/usr/bin', true],
    ['/bin/sh -c #(nop) COPY dir:abc in /opt/venv '],
    ['/bin/sh -c rm /usr/lib/python3*/EXTERNALLY-MANAGED &&     echo "done"'],
    ['/bin/sh -c #(nop)  USER 1001', true],
    ['/bin/sh -c #(nop)  CMD ["app"]', true],
  ],
};

const historyOf = (steps: readonly Step[]) =>
  steps.map(([createdBy, isEmptyLayer = false]) => ({ createdBy, comment: undefined, isEmptyLayer }));

function join(text: string, steps: readonly Step[], target?: string): Join | string {
  const layers = steps.filter(([, isEmpty]) => isEmpty !== true).length;
  return joinHistory(modelOf(text).stages, historyOf(steps), layers, target);
}

function made(result: Join | string): readonly (string | undefined)[] {
  if (typeof result === 'string') throw new Error(result);
  return result.instructions.map((instruction) => instruction?.name.text);
}

describe('a history is laid over its Dockerfile', () => {
  for (const [builder, steps] of Object.entries(histories))
    test(builder, () => {
      const result = join(DOCKERFILE, steps);
      expect(made(result)).toEqual([undefined, 'COPY', 'RUN']);
      expect(result).toMatchObject({ baseLayers: 1 });
    });

  test('a target, by name and by number', () => {
    const steps: readonly Step[] = [...debian, ['RUN /bin/sh -c python3 -m venv /opt/venv # buildkit']];
    for (const target of ['build', 'BUILD', '0'])
      expect(made(join(DOCKERFILE, steps, target))).toEqual([undefined, 'RUN']);
    expect(join(DOCKERFILE, steps, 'no')).toBe('the Dockerfile has no stage "no"');
  });

  test('RUN in JSON form, as a heredoc, and ONBUILD', () => {
    const text = 'FROM scratch\nRUN ["make", "all"]\nRUN <<EOF\nmake test\nEOF\nONBUILD RUN make\nLABEL a=b\n';
    const steps: readonly Step[] = [
      ['RUN make all # buildkit'],
      ['RUN /bin/sh -c make test\n # buildkit'],
      ['ONBUILD RUN make', true],
      ['LABEL a=b', true],
    ];
    expect(made(join(text, steps))).toEqual(['RUN', 'RUN']);
    expect(join(text, steps)).toMatchObject({ baseLayers: 0 });
  });

  test('shells of all kinds, and arguments of the build', () => {
    const forms: readonly (readonly [shell: string, createdBy: string])[] = [
      ['SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\n', 'RUN /bin/bash -eo pipefail -c make # buildkit'],
      ['SHELL ["bash", "-euxo", "pipefail", "-c"]\n', 'RUN |2 A=1 B=a b bash -euxo pipefail -c make # buildkit'],
      ['SHELL ["conda", "run", "-n", "x", "/bin/bash", "-c"]\n', 'RUN conda run -n x /bin/bash -c make # buildkit'],
      ['', 'RUN /bin/ash -eo pipefail -c make # buildkit'],
      ['', '|1 V=1 /bin/sh -c make'],
    ];
    for (const [shell, createdBy] of forms) {
      const history: Step[] = [...(shell === '' ? [] : [['SHELL x', true] as const]), [createdBy]];
      expect(made(join(`FROM a\n${shell}RUN make\n`, history)), createdBy).toEqual(['RUN']);
    }
    expect(
      made(join('FROM a\nARG V=1\nRUN ["pip", "list"]\n', [['ARG V=1', true], ['RUN |1 V=1 pip list # buildkit']])),
    ).toEqual(['RUN']);
    expect(join('FROM a\nRUN make\n', [['RUN /bin/sh -c echo make # buildkit']])).toMatch(/not built of this/);
  });

  test('another Dockerfile', () => {
    const [steps = []] = Object.values(histories);
    expect(join(DOCKERFILE.replace('echo "done"', 'echo "other"'), steps)).toMatch(
      /^the image was not built of this Dockerfile: where that has `RUN rm .*`, the image has `RUN rm .*done.*`$/,
    );
    expect(join(`${DOCKERFILE}EXPOSE 80\n`, steps)).toMatch(
      /where that has `EXPOSE 80`, the image has `CMD \["app"\]`$/,
    );
    expect(join('FROM a\nRUN x\nRUN y\n', [['RUN /bin/sh -c y # buildkit']])).toMatch(
      /where that has `RUN x`, the image has no step any more$/,
    );
    expect(joinHistory(modelOf(DOCKERFILE).stages, historyOf(steps), 1, undefined)).toBe(
      'the history of the image does not tell of its layers',
    );
  });
});

describe('findings of both', () => {
  const [steps = []] = Object.values(histories);
  const meta = (id: string) => {
    const rule = rules.find((candidate) => candidate.meta.id === id);
    if (rule === undefined) throw new Error(id);
    return rule.meta;
  };
  const seen = (id: string, layer: number | undefined, path = '/x'): ImageFinding => ({
    rule: meta(id),
    severity: 'warning',
    confidence: 'high',
    message: id,
    path,
    layer,
  });
  const chosen = rules.filter(({ meta: { id } }) => ['marker-removed', 'home-unset'].includes(id));
  const together = (image: readonly ImageFinding[]) => {
    const joined = join(DOCKERFILE, steps);
    if (typeof joined === 'string') throw new Error(joined);
    return joinFindings(lintText(DOCKERFILE, chosen).findings, image, joined, chosen);
  };
  const ids = (findings: readonly { readonly rule: { readonly id: string } }[]) => findings.map(({ rule }) => rule.id);

  test('what both see is one finding, at its words, with a proof', () => {
    const proof = seen('marker-removed', 2);
    const { dockerfile, image, disproved } = together([proof]);
    expect(dockerfile.find(({ rule }) => rule.id === 'marker-removed')).toMatchObject({ proof, confidence: 'high' });
    expect([image, disproved]).toEqual([[], []]);
  });

  test('what only the image sees stands at the instruction that made the layer', () => {
    const { image } = together([seen('uid-perms', 1), seen('sudo-login', undefined), seen('marker-removed', 2)]);
    expect(image.map(({ rule, instruction }) => [rule.id, instruction?.name.text])).toEqual([
      ['uid-perms', 'COPY'],
      ['sudo-login', undefined],
    ]);
  });

  test('a guess that the image disproves is dropped; another one is not', () => {
    const { dockerfile, disproved } = together([]);
    expect(ids(disproved)).toEqual(['marker-removed']);
    expect(ids(dockerfile)).toEqual(['home-unset']);
  });

  test('the same flaw of another layer proves nothing here', () => {
    const { image, disproved } = together([seen('marker-removed', 0)]);
    expect([ids(image), ids(disproved)]).toEqual([['marker-removed'], ['marker-removed']]);
  });
});
