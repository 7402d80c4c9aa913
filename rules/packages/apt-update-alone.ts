import { defineRule } from '../../src/engine/rule.ts';
import { APT_LISTS, clearsAptLists } from '../../src/packages/caches.ts';
import { readerOfLists } from '../../src/packages/lists.ts';
import { isMounted } from '../../src/packages/mounts.ts';
import { heirsOf } from '../../src/python/facts.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const { manager, action, call, verb } of pythonStage.packages) {
        if (manager !== 'apt' || action !== 'update' || call.step.onbuild) continue;
        const inSameRun = pythonStage.packages.some(
          (other) => other.call.script === call.script && (other.action === 'install' || other.action === 'upgrade'),
        );
        if (inSameRun || isMounted(call.step, APT_LISTS, file.escape)) continue;
        // A script that the RUN goes on with may install.
        if (pythonStage.opaque.some(({ command }) => call.script.commands.includes(command))) continue;
        const reader = readerOfLists(call, heirsOf(pythonStage, file.python.stages));
        const isCleared = pythonStage.calls.some((other) => other.script === call.script && clearsAptLists(other));
        if (reader === undefined || isCleared) continue;
        yield {
          at: { start: (call.words[0] ?? verb).range.start, end: verb.range.end },
          data: { program: call.program },
          related: [{ message: 'installs from these lists', range: reader.command.range }],
        };
      }
    }
  },
});
