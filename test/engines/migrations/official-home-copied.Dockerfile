FROM python:3.11 AS build
RUN pip install --no-cache-dir --user flask gunicorn

FROM python:3.11-slim
COPY --from=build /root/.local /root/.local
ENV PATH=/root/.local/bin:$PATH
CMD ["python", "-m", "flask"]
