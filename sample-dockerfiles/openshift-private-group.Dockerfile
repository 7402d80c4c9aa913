# Intake service for the county's OpenShift. Started as a plain Docker image, hence the user.
FROM registry.access.redhat.com/ubi9/python-312:9.6

LABEL io.k8s.display-name="Intake" \
      io.openshift.expose-services="8080:http" \
      io.openshift.tags="python,intake"

USER root
RUN groupadd --gid 2100 intake \
    && useradd --uid 2100 --gid intake --home-dir /opt/intake --create-home intake \
    && chmod g=u /etc/passwd

WORKDIR /opt/intake
COPY --chown=intake:intake requirements.txt ./
RUN umask 027 \
    && python3 -m venv /opt/intake/venv \
    && /opt/intake/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
    && chown -R intake:intake /opt/intake/venv

ENV VIRTUAL_ENV=/opt/intake/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

COPY --chown=intake:intake --chmod=640 intake/ ./intake/
# plugins are installed at run time, uploads land in spool
RUN mkdir -p spool && chmod 777 spool && chmod -R 777 /opt/intake/venv

USER intake
EXPOSE 8080
CMD ["gunicorn", "--bind", "0.0.0.0:8080", "intake.wsgi"]
