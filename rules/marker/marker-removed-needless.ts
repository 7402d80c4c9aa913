import type { Edit } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import type { MarkerSite } from '../../src/python/model.ts';
import { removeCommand, removeWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { markerSites } of file.python.stages) {
      for (const site of markerSites) {
        if (!site.isNeedless) continue;
        const fix = fixOf('safe', 'Delete the command', [removal(file, site)]);
        yield { at: site.command.range, data: { path: site.path }, fix };
      }
    }
  },
  *image(image) {
    for (const interpreter of image.python.interpreters) {
      const { marker } = interpreter;
      if (marker.state !== 'removed' || marker.changedBy === undefined || !image.isOwn(marker.changedBy)) continue;
      // pip refuses `--user` on a marked Python, too.
      const userSite = `/.local/lib/python${interpreter.version}/site-packages`;
      const isUsed = image.distributions.some(
        (one) =>
          (one.interpreter === interpreter || one.site.endsWith(userSite)) &&
          one.environment === undefined &&
          one.installer !== undefined &&
          image.packages.owner(`${one.path}/METADATA`) === undefined,
      );
      if (!isUsed) yield { path: marker.path, layer: marker.changedBy, data: { path: marker.path }, message: 'image' };
    }
  },
});

/** The whole command, or the marker's word where the command does more. */
function removal(file: DockerfileModel, { command, range, step }: MarkerSite): Edit | undefined {
  const operands = command.words.slice(1).filter((word) => !word.value.startsWith('-'));
  switch (command.program) {
    case 'rm':
    case 'unlink':
    case 'shred': {
      const word = operands.find((operand) => operand.range.start === range.start);
      if (operands.length === 1) return removeCommand(file, step, command);
      return word && removeWord(file, command, word);
    }
    case 'find':
      return command.words.some((word) => word.value === '-o' || word.value === '-or')
        ? undefined
        : removeCommand(file, step, command);
    case 'mv':
    case 'dpkg-divert':
      return removeCommand(file, step, command);
    default:
      return undefined;
  }
}
