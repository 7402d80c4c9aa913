import { defineRule, weighed } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, environments } of file.python.stages) {
      const seen = new Set<number>();
      for (const { python, call, kind, original } of environments) {
        if (python?.kind !== 'conda' || call === undefined || original !== undefined) continue;
        if ((kind !== 'venv' && kind !== 'virtualenv') || seen.has(call.order)) continue;
        seen.add(call.order);
        yield { at: call.command.range, severity: weighed('warning', stage, call.command) };
      }
    }
  },
});
