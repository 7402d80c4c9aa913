import { describe, expect, test } from 'vitest';
import { fixText } from '../../src/engine/fix.ts';
import { defaultRules as rules } from '../default-rules.ts';

// What test/engines/migrations builds is what works. Here are files that a change would break, and what it must not touch.

const PIP = 'RUN apt-get update && apt-get install -y --no-install-recommends python3-pip\n';
const wide = (text: string) => {
  const { text: after, fixed, bug } = fixText(text, rules, { unsafe: true, pedantic: true });
  expect(bug).toBeUndefined();
  expect(fixText(after, rules, { unsafe: true, pedantic: true }).text).toBe(after);
  return { after, isMoved: fixed.some(({ fix }) => fix?.isWide) };
};

describe('the file is left alone', () => {
  test.each([
    [
      'where packages come into the base by --prefix',
      'FROM python:3.12-slim\nRUN pip install --prefix=/usr/local flask\nRUN pip install gunicorn\n',
    ],
    [
      'where a directory of packages is copied into the base',
      'FROM python:3.12 AS b\nRUN pip install --prefix=/install flask\nFROM python:3.12-slim\nCOPY --from=b /install /usr/local\nRUN pip install gunicorn\n',
    ],
    [
      'where the whole prefix is copied, and with it a script of the author',
      'FROM python:3.12-slim AS b\nCOPY wait-for.sh /usr/local/bin/\nRUN pip install flask\nFROM python:3.12-slim\nCOPY --from=b /usr/local /usr/local\nENTRYPOINT ["wait-for.sh"]\n',
    ],
    [
      'where a file of a package is copied on its own',
      'FROM python:3.12-slim AS b\nRUN pip install flask\nFROM python:3.12-slim\nCOPY --from=b /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages\nCOPY --from=b /usr/local/lib/python3.12/site-packages/flask/static /srv/static\n',
    ],
    [
      'where a link leads to a program of the base',
      `FROM debian:12-slim\n${PIP}RUN pip3 install --break-system-packages flask\nRUN ln -s /usr/local/bin/flask /usr/bin/serve\nCMD ["serve"]\n`,
    ],
    [
      'where a file that is written names one',
      `FROM debian:12-slim\n${PIP}RUN pip3 install --break-system-packages flask\nRUN echo '* * * * * root /usr/bin/python3 /job.py' > /etc/cron.d/job\n`,
    ],
    ['where another user installs', 'FROM python:3.12-slim\nRUN useradd -m app\nRUN su app -c "pip install flask"\n'],
    [
      'where something is at /opt/venv',
      'FROM python:3.12-slim\nCOPY entrypoint.sh /opt/venv/\nRUN pip install flask\n',
    ],
    ['where Python is Python 2', 'FROM python:2.7\nRUN pip install flask\n'],
    [
      'where only pip itself is renewed',
      `FROM debian:12-slim\n${PIP}RUN pip3 install --break-system-packages --upgrade pip\n`,
    ],
    [
      'where the entrypoint makes an environment of its own',
      'FROM python:3.12-slim\nCOPY --from=apache/beam_python3.12_sdk:2.60.0 /opt/apache/beam /opt/apache/beam\nRUN pip install pandas\nENTRYPOINT ["/opt/apache/beam/boot"]\n',
    ],
    [
      'where the install runs in images built on top',
      `FROM debian:12-slim\n${PIP}ONBUILD RUN pip3 install --break-system-packages flask\n`,
    ],
  ])('%s', (_title, text) => {
    expect(wide(text)).toMatchObject({ isMoved: false });
  });
});

describe('the change', () => {
  test('keeps a RUN that does more than remove the marker', () => {
    const { after } = wide(
      `FROM debian:12-slim\n${PIP}RUN rm -f /usr/lib/python3.11/EXTERNALLY-MANAGED && echo hello > /etc/motd\nRUN pip3 install flask\n`,
    );
    expect(after).toContain('RUN echo hello > /etc/motd');
  });

  test('takes both ways of a marker that is moved away and back', () => {
    const { after, isMoved } = wide(
      `FROM debian:12-slim\n${PIP}RUN mv /usr/lib/python3.11/EXTERNALLY-MANAGED /tmp/m\nRUN pip3 install flask\nRUN mv /tmp/m /usr/lib/python3.11/EXTERNALLY-MANAGED\n`,
    );
    expect(isMoved).toBe(true);
    expect(after).not.toContain('/tmp/m');
  });

  test('keeps the pip that a stage beside it calls', () => {
    const { after } = wide(
      `FROM debian:12-slim AS base\n${PIP}FROM base AS wheels\nRUN pip3 download -d /w flask\nFROM base\nCOPY --from=wheels /w /w\nRUN pip3 install --break-system-packages flask\n`,
    );
    expect(after).toContain('python3-pip python3-venv');
  });

  test('joins by `;` where the list is one of `;`', () => {
    const { after } = wide(
      'FROM debian:12-slim\nRUN set -e; apt-get update; apt-get install -y --no-install-recommends python3-pip; pip3 install --break-system-packages flask; rm -rf /x\n',
    );
    expect(after).toMatch(/-m venv \/opt\/venv; /);
    expect(after).not.toContain('&&');
  });

  test('keeps CRLF, tabs, backtick continuations and a missing final newline', () => {
    const crlf = `FROM debian:12-slim\r\n${PIP.replace('\n', '\r\n')}RUN\tpip3 install --break-system-packages flask`;
    const { after } = wide(crlf);
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
    expect(after.endsWith('flask')).toBe(true);
    const backtick = `# escape=\`\nFROM debian:12-slim\n${PIP}RUN pip3 install --break-system-packages flask\n`;
    expect(wide(backtick).after).toMatch(/venv `\n && echo/);
  });

  test('several variables of one ENV go without a trace, the others stay', () => {
    const { after } = wide(
      `FROM debian:12-slim\n${PIP}ENV PIP_BREAK_SYSTEM_PACKAGES=1 UV_BREAK_SYSTEM_PACKAGES=1 FOO=2\nRUN pip3 install flask\n`,
    );
    expect(after).toContain('\nENV FOO=2\n');
  });

  test('names a build argument as the file does', () => {
    const { after } = wide(
      'FROM python:3.12-slim\nARG APP_USER=app\nRUN useradd -m $APP_USER\nUSER $APP_USER\nRUN pip install --user flask\n',
    );
    expect(after).toContain('install -d -o $APP_USER /opt/venv');
  });
});
