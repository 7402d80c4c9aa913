import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';

const SWITCH = 'CONDA_PROTECT_FROZEN_ENVS';
const OFF = /^(?:0|false|no|off)$/i;

export default defineRule({
  *dockerfile(file) {
    for (const { stage, installs, settings, calls } of file.python.stages) {
      for (const { name, value, pair } of settings)
        if (name === SWITCH && OFF.test(value.text))
          yield { at: pair.range, data: { option: `${name}=${value.text}` }, severity: weighed('warning', stage) };
      for (const { command } of calls)
        for (const { name, value, range } of command.assignments)
          if (name === SWITCH && OFF.test(value?.value ?? ''))
            yield {
              at: range,
              data: { option: `${name}=${value?.value ?? ''}` },
              severity: weighed('warning', stage, command),
            };
      for (const { tool, line, command } of installs) {
        const option = tool === 'conda' ? optionOf(line, 'override-frozen') : undefined;
        if (option !== undefined)
          yield {
            at: option.word.range,
            data: { option: option.word.value },
            severity: weighed('warning', stage, command),
          };
      }
      for (const { program, operands, command } of calls)
        if (program === 'rm')
          for (const word of operands)
            if (/conda-meta\/frozen$/.test(word.value))
              yield {
                at: word.range,
                data: { path: word.value },
                message: 'removed',
                severity: weighed('warning', stage, command),
              };
    }
    const final = file.python.final;
    if (final !== undefined && !file.text.includes('conda-meta/frozen')) yield* suggestion(final);
  },
  *image(image) {
    for (const { path, kind } of image.python.environments) {
      const meta = `${path}/conda-meta`;
      const frozen = kind === 'conda' ? image.files.find(`${meta}/frozen`)?.inode.layer : undefined;
      if (frozen === undefined) continue;
      for (const name of image.files.list(meta)) {
        const layer = image.files.find(`${meta}/${name}`)?.inode.layer ?? 0;
        if (!name.endsWith('.json') || layer <= frozen || !image.isOwn(layer)) continue;
        yield { path: `${meta}/${name}`, layer, data: { path }, message: 'image' };
        break;
      }
    }
  },
});

/** An image that brings conda along can keep its environments from being changed (CEP 22). */
function* suggestion(final: PythonStage): Generator<Report> {
  const image = final.stage.from.args[0];
  const installs = chainOf(final).some((stage) => stage.installs.some(({ tool }) => tool === 'conda'));
  const isOverridden = chainOf(final).some((stage) =>
    stage.installs.some(({ line }) => optionOf(line, 'override-frozen') !== undefined),
  );
  if (image !== undefined && final.base?.python === 'conda' && installs && !isOverridden)
    yield { at: image.range, message: 'suggest', severity: 'info', confidence: 'low' };
}
