/** The two instructions that activate an environment for everything behind them. */
export function activationLines(path: string): string[] {
  return [`ENV VIRTUAL_ENV=${path}`, 'ENV PATH="$VIRTUAL_ENV/bin:$PATH"'];
}
