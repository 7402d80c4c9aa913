import { defineRule, fixOf, type Severity } from '../../src/engine/rule.ts';

const SEVERITIES: Readonly<Record<string, Severity>> = {
  error: 'error',
  warning: 'warning',
  info: 'info',
  style: 'info',
};

export default defineRule({
  asksShellCheck: true,
  *dockerfile(file) {
    for (const { code, level, message, range, edits } of file.shellFindings?.() ?? [])
      yield {
        at: range,
        alias: `shellcheck:SC${code}`,
        data: { code: `SC${code}`, problem: message },
        severity: SEVERITIES[level],
        fix: edits && fixOf('unsafe', "ShellCheck's own mend", edits),
      };
  },
});
