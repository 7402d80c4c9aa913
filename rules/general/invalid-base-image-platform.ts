import { expand } from '../../src/dockerfile/expand.ts';
import { flagOf, flagValueRange } from '../../src/dockerfile/instructions.ts';
import { defineRule } from '../../src/engine/rule.ts';

/** Namespaces of Docker Hub that hold the official images of one architecture (docker-library/official-images, README). */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  amd64: 'amd64',
  arm32v5: 'arm',
  arm32v6: 'arm',
  arm32v7: 'arm',
  arm64v8: 'arm64',
  i386: '386',
  mips64le: 'mips64le',
  ppc64le: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
};

export default defineRule({
  *dockerfile(file) {
    for (const { from, base, globals } of file.stages) {
      const flag = flagOf(from, 'platform');
      if (flag === undefined || base.kind !== 'image' || base.reference === undefined) continue;
      const { text, known } = expand(flag.value, globals, { escape: file.escape });
      if (!known || flag.value === '') continue;
      const [os = '', architecture] = text.toLowerCase().split('/');
      const { registry, repository, tag = '' } = base.reference;
      const [namespace = '', name] = repository.split('/');
      const own = registry === 'docker.io' && name !== undefined ? ARCHITECTURES[namespace] : undefined;
      const isWindows = /windowsservercore|nanoserver/.test(tag);
      const is =
        own !== undefined && architecture !== undefined && own !== architecture
          ? own
          : isWindows && os === 'linux'
            ? 'windows'
            : undefined;
      if (is !== undefined) yield { at: flagValueRange(from, flag), data: { image: base.text, platform: text, is } };
    }
  },
});
