# syntax=docker/dockerfile:1
FROM registry.access.redhat.com/ubi9/python-312:9.6

LABEL name="permitdesk" \
      summary="Permit desk backend" \
      io.k8s.display-name="Permit desk" \
      io.k8s.description="REST backend of the permit desk" \
      io.openshift.expose-services="8080:http" \
      io.openshift.tags="python,permitdesk"

# the venv ships with the builder image
ENV VIRTUAL_ENV=/opt/app-root
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
ENV HOME=/opt/app-root/src

WORKDIR /opt/app-root/src

COPY --chown=1001:0 --chmod=g=u requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
    && fix-permissions /opt/app-root -P

COPY --chown=1001:0 --chmod=g=u permitdesk/ ./permitdesk/
COPY --chown=1001:0 --chmod=g=u gunicorn.conf.py ./

USER 1001:0
EXPOSE 8080
CMD ["gunicorn", "--config", "gunicorn.conf.py", "permitdesk.wsgi"]
