import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { copiedPackages } from '../../src/python/copied.ts';
import { factsOf, isKept, rootOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      for (const { copy } of copiedPackages(pythonStage, file.python.stages)) {
        const source = factsOf(copy.from, file.python.stages);
        const image = rootOf(pythonStage).args[0];
        const report = source && judge(source, pythonStage);
        if (source === undefined || image === undefined || report === undefined) continue;
        const other = rootOf(source).args[0];
        yield {
          at: image.range,
          data: { from: source.baseName, to: pythonStage.baseName },
          ...report,
          severity: weighed('warning', pythonStage.stage),
          related: other && [{ message: 'the environment is made on this image', range: other.range }],
        };
        break;
      }
    }
  },
});

/** `python` or uv's images of it: words of the tag and what they fix. */
function tagOf(
  stage: PythonStage,
): { minor: string | undefined; release: string | undefined; text: string } | undefined {
  const [name = '', tag = 'latest'] = stage.baseName.split(/:(?=[^/]*$)/);
  if (!/^(?:docker\.io\/)?(?:library\/)?python$/.test(name) || tag.includes('$')) return undefined;
  return {
    minor: /^3\.\d+/.exec(tag)?.[0],
    release: /-?\b(alpine\d[\d.]*|buster|bullseye|bookworm|trixie|forky)\b/.exec(tag)?.[1],
    text: tag,
  };
}

function judge(source: PythonStage, stage: PythonStage): Pick<Report, 'message'> | undefined {
  // A digest on both sides holds whatever the tags do.
  const isFixed = ({ stage: { base } }: PythonStage) => base.kind === 'image' && base.text.includes('@');
  if (isFixed(source) && isFixed(stage)) return undefined;
  const from = tagOf(source);
  const to = tagOf(stage);
  if (from === undefined || to === undefined || from.text === to.text) return undefined;
  if ((from.minor === undefined && !isFixed(source)) || (to.minor === undefined && !isFixed(stage))) return {};
  if (isFixed(source) || isFixed(stage)) return undefined;
  const isSameMinor = from.minor === to.minor;
  const isOneNamed = (from.release === undefined) !== (to.release === undefined);
  const isSameLibc = from.text.includes('alpine') === to.text.includes('alpine');
  return isSameMinor && isOneNamed && isSameLibc ? { message: 'distribution' } : undefined;
}
