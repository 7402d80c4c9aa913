import type { BuildContext } from '../../src/dockerfile/context.ts';
import { isInside } from '../../src/dockerfile/stages.ts';
import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import type { CopyFacts } from '../../src/python/copies.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, copies } of file.python.stages)
      for (const copy of copies) {
        if (copy.from !== undefined || copy.isFromImage) continue;
        for (const source of copy.sources) {
          const report = file.context === undefined ? byName(source) : byContext(source, file.context);
          if (report !== undefined) yield { at: source.arg.range, ...report, severity: weighed('error', stage) };
        }
      }
  },
  isDecisive: true,
  *image(image) {
    for (const { path, kind, interpreter, createdAt, target, layer } of image.python.environments) {
      if (kind === 'conda' || interpreter !== undefined || !image.isOwn(layer)) continue;
      const origin = createdAt ?? target ?? '';
      // Homes of people, and systems that no image is: a path of the image itself is another rule's matter.
      const home = /^(?:\/Users\/|\/home\/[^/]+\/|\/opt\/homebrew\/|[A-Z]:\\)/.exec(origin)?.[0];
      if (home !== undefined && image.files.find(home) === undefined)
        yield { path, layer, data: { path, origin }, message: 'image' };
    }
  },
});

type Source = CopyFacts['sources'][number];
type Judgement = Pick<Report, 'data' | 'message' | 'confidence' | 'fix'> | undefined;

/** Without the context a name is all there is to go by. */
function byName({ arg, path }: Source): Judgement {
  if (!/^\/\.?venv$/.test(path.text) || !path.known) return undefined;
  return { data: { path: arg.text.replace(/\/$/, '') }, message: 'named', confidence: 'medium' };
}

function byContext({ path }: Source, { environments }: BuildContext): Judgement {
  const found = path.known ? environments.find((directory) => isInside(`/${directory}`, path.text)) : undefined;
  if (found === undefined) return undefined;
  const title = 'Leave it out in .dockerignore';
  return { data: { path: found }, fix: { title, applicability: 'safe', edits: [], ignore: [found] } };
}
