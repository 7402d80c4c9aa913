import { replaceRange } from '../../src/dockerfile/edit.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { from, globals } of file.stages) {
      const flag = flagOf(from, 'platform');
      if (flag === undefined || !/^"?\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})"?$/.test(flag.value)) continue;
      const [image] = from.args;
      const isApart = file.text.slice(flag.range.end, image?.range.start).trim() === '';
      const cut = isApart && image !== undefined ? { start: flag.range.start, end: image.range.start } : undefined;
      // A default above the first FROM takes the place of what the build says.
      const isSet = globals('TARGETPLATFORM')?.known === true;
      yield {
        at: flag.range,
        data: { platform: flag.value },
        message: isSet ? 'set' : undefined,
        fix: cut === undefined || isSet ? undefined : fixOf('safe', 'Leave it out', [replaceRange(file, cut, '')]),
      };
    }
  },
});
