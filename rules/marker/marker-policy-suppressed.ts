import { defineRule, weighed } from '../../src/engine/rule.ts';

/** Configuration of dpkg, pacman and xbps that keeps files of a package from being unpacked. */
const POLICIES = [
  {
    setting: 'path-exclude',
    file: /^\/etc\/dpkg\/dpkg\.cfg(?:\.d\/.*)?$/,
    line: /path-exclude\s*=.*EXTERNALLY-MANAGED/,
  },
  { setting: 'NoExtract', file: /^\/etc\/pacman\.(?:conf|d\/.*)$/, line: /NoExtract.*EXTERNALLY-MANAGED/ },
  { setting: 'noextract', file: /^\/(?:etc|usr\/share)\/xbps\.d\/.*$/, line: /noextract\s*=.*EXTERNALLY-MANAGED/ },
];

export default defineRule({
  *dockerfile(file) {
    for (const { stage, writes } of file.python.stages) {
      for (const { path, lines, call } of writes) {
        const policy = POLICIES.find((candidate) => candidate.file.test(path.text));
        if (policy === undefined) continue;
        for (const { text, range } of lines) {
          // `sed -i '/path-exclude=…/d'` takes such a line out.
          if (!policy.line.test(text) || text.startsWith('#') || (call?.program === 'sed' && /\/d;?$/.test(text)))
            continue;
          const severity = stage.role === 'copied' ? 'info' : weighed('warning', stage, call?.command);
          yield { at: range, data: { setting: policy.setting }, severity };
        }
      }
    }
  },
  *image(image) {
    for (const { marker } of image.python.interpreters) {
      const { changedBy: layer, path } = marker;
      if (marker.state !== 'suppressed') continue;
      const severity = layer === undefined || !image.isOwn(layer) ? 'info' : undefined;
      yield { path, layer, data: { path, package: marker.owner ?? 'the package' }, message: 'image', severity };
    }
  },
});
