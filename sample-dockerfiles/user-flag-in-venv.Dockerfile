FROM python:3.11-slim as base

ENV PYTHONUNBUFFERED 1
ENV APP_HOME /home/ledgerly/app

RUN useradd -m -s /bin/bash ledgerly
RUN python -m venv /opt/venv && chown -R ledgerly:ledgerly /opt/venv

ENV VIRTUAL_ENV /opt/venv
ENV PATH $VIRTUAL_ENV/bin:$PATH

USER ledgerly
WORKDIR $APP_HOME

COPY --chown=ledgerly:ledgerly requirements.txt ./
# install as the app user, not root
RUN pip install --user --no-cache-dir -r requirements.txt
ENV PATH /home/ledgerly/.local/bin:$PATH

COPY --chown=ledgerly:ledgerly . .

EXPOSE 8000
CMD ["gunicorn", "-w", "2", "-b", ":8000", "ledgerly.wsgi"]
