import { expect, test } from 'vitest';
import { guessBaseLayers } from '../../src/image/base.ts';
import { instructionOf } from '../../src/image/history.ts';

const guess = (...steps: readonly string[]): number =>
  guessBaseLayers(
    steps.map((text) => ({ createdBy: text, comment: undefined, isEmptyLayer: /\b(?:CMD|ENV|USER)\b/.test(text) })),
    steps.filter((text) => !/\b(?:CMD|ENV|USER)\b/.test(text)).length,
  );

test('base images end with CMD', () => {
  expect(guess('ADD rootfs', 'CMD ["bash"]', 'RUN a', 'COPY b')).toBe(1);
  expect(
    guess(
      'ADD rootfs',
      '/bin/sh -c #(nop)  CMD ["bash"]',
      'RUN python',
      'CMD ["python3"]',
      'COPY b',
      'USER 1',
      'CMD ["app"]',
    ),
  ).toBe(2);
  expect(guess('ADD rootfs', 'CMD ["bash"]', 'RUN a', 'CMD ["app"]')).toBe(1);
  expect(guess('ADD rootfs', 'RUN a')).toBe(0);
  expect(guess('ADD rootfs', 'CMD ["bash"]')).toBe(0);
  expect(guess()).toBe(0);
});

test('a command that comes again at the end is no end of a base', () => {
  expect(guess('ADD rootfs', 'CMD ["bash"]', 'RUN a', 'CMD ["app"]', 'COPY b', 'CMD ["app"]')).toBe(1);
});

test('instructions as a Dockerfile has them', () => {
  const cases: readonly (readonly [createdBy: string, instruction: string])[] = [
    ['/bin/sh -c #(nop) COPY file:abc in /app ', 'COPY file:abc in /app'],
    ['/bin/sh -c make', 'RUN make'],
    ['RUN /bin/sh -c make # buildkit', 'RUN make'],
    ['RUN |2 A=1 B=2 /bin/bash -eo pipefail -c make all # buildkit', 'RUN make all'],
    ['RUN /bin/bash -o pipefail -euxc make # buildkit', 'RUN make'],
    ['RUN bash -lc make # buildkit', 'RUN make'],
    ['COPY a /b # buildkit', 'COPY a /b'],
    ['CMD ["sh"]', 'CMD ["sh"]'],
  ];
  for (const [createdBy, instruction] of cases) expect(instructionOf(createdBy)).toBe(instruction);
});
