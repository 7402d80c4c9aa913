import { expand } from '../../src/dockerfile/expand.ts';
import { namedSources, type Stage, stageNamed, stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule, type Report } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { instruction, stage, lookup, onbuild } of stepsWith(file.stages, 'COPY', 'ADD', 'RUN')) {
      if (onbuild) continue;
      for (const { text, range } of namedSources(instruction)) {
        const { text: name, known } = expand(text, lookup, { escape: file.escape });
        if (!known || name === '' || stageNamed(file.stages, name, stage.index) !== undefined) continue;
        if (file.build.contexts?.has(name.toLowerCase())) continue;
        const report = judge(name, stage, file.stages);
        if (report !== undefined) yield { at: range, data: { name }, ...report };
      }
    }
  },
});

/** Undefined for an image: it has a tag, a digest, or a path. */
function judge(name: string, stage: Stage, stages: readonly Stage[]): Omit<Report, 'at'> | undefined {
  if (/^\d+$/.test(name))
    return { message: 'number', alias: 'hadolint:DL3022', data: { name, count: String(stage.index) } };
  if (/[:@/.]/.test(name)) return undefined;
  const lower = name.toLowerCase();
  if (stage.name === lower) return { message: 'own', alias: 'hadolint:DL3023' };
  const later = stages.find((other) => other.index > stage.index && other.name === lower);
  if (later !== undefined)
    return {
      message: 'later',
      alias: 'hadolint:DL3022',
      related: [{ message: 'the stage of that name', range: later.from.range }],
    };
  // A build context that the build is given by that name, or an official image without a tag.
  return { alias: 'hadolint:DL3022', severity: 'info', confidence: 'low' };
}
