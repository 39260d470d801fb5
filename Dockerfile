# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
# with the extras, as LOUPE_STORAGE_BACKEND=s3 and LOUPE_EMAIL_BACKEND=provider need no other image then; 35 MB less by
# --build-arg REQUIREMENTS=requirements.txt
ARG REQUIREMENTS=requirements-image.txt
COPY requirements.txt requirements-image.txt ./
RUN /opt/venv/bin/pip install --require-hashes --requirement $REQUIREMENTS
WORKDIR /app
COPY . .
# the static files are collected here, because the root file system is read-only later
RUN LOUPE_STORAGE_STATIC_DIR=/app/static /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q /app

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LOUPE_ENVIRONMENT=production LOUPE_LOGGING_FORMAT=json LOUPE_STORAGE_DATA_DIR=/data \
    LOUPE_STORAGE_STATIC_DIR=/app/static LOUPE_AUDIT_DIRECTORY=/data/audit
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin loupe && install -d -o loupe -g loupe /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0", "--port", "8000", "--workers", "2"]
