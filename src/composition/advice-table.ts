// How to leave out what building left behind: for each language and distribution the stage to add, and its lines in a Dockerfile.
import type { Ecosystem, LeftoverCategory } from './composition.ts';

export interface AdviceText {
  /** One sentence, without a full stop. */
  readonly text: string;
  /** Lines to take as an example; places and versions are the reader's. */
  readonly dockerfile: readonly string[];
}

type Row = readonly [
  categories: readonly LeftoverCategory[],
  ecosystems: readonly Ecosystem[],
  text: string,
  dockerfile: readonly string[],
];

const pythonStages = [
  'FROM python AS build',
  'RUN python -m venv --without-pip /venv',
  'COPY requirements.txt .',
  'RUN --mount=type=cache,target=/root/.cache/pip pip --python /venv/bin/python install -r requirements.txt',
  'FROM python:slim',
  'COPY --from=build /venv /venv',
  'ENV PATH=/venv/bin:$PATH',
  'COPY app /app',
  'USER 65532:65532',
];

/** The first row that fits counts. */
const rows: readonly Row[] = [
  [
    ['compiler', 'source', 'cache'],
    ['go'],
    'compile a static binary in a build stage, and copy only that into an empty or distroless image',
    [
      'FROM golang AS build',
      'WORKDIR /src',
      'COPY go.mod go.sum ./',
      'RUN --mount=type=cache,target=/go/pkg/mod go mod download',
      'COPY . .',
      'RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /server .',
      'FROM scratch',
      'COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/',
      'COPY --from=build /server /server',
      'USER 65532:65532',
      'ENTRYPOINT ["/server"]',
    ],
  ],
  [
    ['compiler', 'source', 'cache'],
    ['rust'],
    'build in a stage of its own with `cargo build --release`, and copy only the binary into a slim image',
    [
      'FROM rust AS build',
      'WORKDIR /src',
      'COPY . .',
      'RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target cargo build --release && cp target/release/server /server',
      'FROM debian:stable-slim',
      'COPY --from=build /server /usr/local/bin/server',
      'USER 65532:65532',
      'ENTRYPOINT ["server"]',
    ],
  ],
  [
    ['compiler', 'source', 'cache', 'package-manager'],
    ['java'],
    'build in a stage with the JDK, and run the JAR on a JRE, or on a runtime that `jlink` made of the modules it needs',
    [
      'FROM eclipse-temurin:21-jdk AS build',
      'WORKDIR /src',
      'COPY . .',
      'RUN --mount=type=cache,target=/root/.m2 ./mvnw -q package',
      'FROM eclipse-temurin:21-jre',
      'COPY --from=build /src/target/app.jar /app.jar',
      'USER 65532:65532',
      'ENTRYPOINT ["java", "-jar", "/app.jar"]',
    ],
  ],
  [
    ['compiler', 'source', 'cache'],
    ['dotnet'],
    'publish in a stage with the SDK, and run the result on the runtime image',
    [
      'FROM mcr.microsoft.com/dotnet/sdk AS build',
      'WORKDIR /src',
      'COPY . .',
      'RUN --mount=type=cache,target=/root/.nuget/packages dotnet publish -c Release -o /out',
      'FROM mcr.microsoft.com/dotnet/aspnet',
      'COPY --from=build /out /app',
      'USER $APP_UID',
      'ENTRYPOINT ["dotnet", "/app/App.dll"]',
    ],
  ],
  [
    ['dev-dependencies', 'source'],
    ['node'],
    'build in a stage with all packages; the final one gets what was built (`COPY --from=build /app/dist ./dist`) and only the packages that running needs (`npm ci --omit=dev`, `pnpm install --prod`, `yarn install --production`)',
    [
      'FROM node AS build',
      'WORKDIR /app',
      'COPY package*.json ./',
      'RUN --mount=type=cache,target=/root/.npm npm ci',
      'COPY . .',
      'RUN npm run build',
      'FROM node:slim',
      'WORKDIR /app',
      'ENV NODE_ENV=production',
      'COPY package*.json ./',
      'RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev',
      'COPY --from=build /app/dist ./dist',
      'USER node',
    ],
  ],
  [
    ['cache'],
    ['node'],
    'keep the cache of npm, or the store of pnpm, in a mount, where it is fast and stays out of the image',
    [
      'RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev',
      'RUN --mount=type=cache,target=/pnpm/store pnpm install --prod --frozen-lockfile --store-dir /pnpm/store',
    ],
  ],
  [
    ['package-manager'],
    ['node'],
    'copy the built application into a distroless Node.js image, which has no package manager; its node is started directly, not by `npm start`',
    [
      'FROM gcr.io/distroless/nodejs22-debian12',
      'COPY --from=build /app /app',
      'WORKDIR /app',
      'CMD ["dist/server.js"]',
    ],
  ],
  [
    ['package-manager'],
    ['python'],
    'make the virtual environment without pip (`python -m venv --without-pip`), install into it from the build stage, and copy it into an image without a package manager (distroless)',
    pythonStages,
  ],
  [
    ['compiler', 'dev-dependencies', 'source'],
    ['python'],
    'install into a virtual environment in a build stage, and copy that into a slim image',
    pythonStages,
  ],
  [
    ['cache'],
    ['python'],
    'install without the cache, or keep it in a mount',
    [
      'RUN pip install --no-cache-dir -r requirements.txt',
      'RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt',
    ],
  ],
  [
    ['dev-dependencies', 'cache', 'compiler', 'source'],
    ['ruby'],
    'install gems in a build stage without those for development and test, and remove their archives in the same RUN',
    [
      'FROM ruby AS build',
      'COPY Gemfile Gemfile.lock ./',
      "RUN bundle config set --local without 'development test' && bundle install && rm -rf /usr/local/bundle/cache",
      'FROM ruby:slim',
      'COPY --from=build /usr/local/bundle /usr/local/bundle',
    ],
  ],
  [
    ['dev-dependencies', 'cache', 'package-manager', 'compiler'],
    ['php'],
    'install packages in a stage with Composer and without those for development, and copy the vendor directory',
    [
      'FROM composer AS vendor',
      'COPY composer.json composer.lock ./',
      'RUN composer install --no-dev --no-scripts --prefer-dist --optimize-autoloader',
      'FROM php:fpm',
      'COPY --from=vendor /app/vendor /app/vendor',
    ],
  ],
  [
    ['cache'],
    ['debian'],
    'clean up in the RUN that fetched them, the packages with `apt-get clean` and the lists with `rm`, or keep both in mounts; removing them in a later RUN makes nothing smaller',
    [
      'RUN apt-get update && apt-get install -y --no-install-recommends PACKAGES && apt-get clean && rm -rf /var/lib/apt/lists/*',
      'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt/lists,sharing=locked apt-get update && apt-get install -y --no-install-recommends PACKAGES',
    ],
  ],
  [['cache'], ['alpine'], 'install without the cache', ['RUN apk add --no-cache PACKAGES']],
  [
    ['cache'],
    ['rpm'],
    'clean up in the RUN that installs, and leave weak dependencies out',
    ['RUN dnf install -y --setopt=install_weak_deps=False PACKAGES && dnf clean all && rm -rf /var/cache/dnf'],
  ],
  [
    ['package-manager'],
    ['debian', 'alpine', 'rpm'],
    'copy what was built, and the libraries it needs, into an image without a package manager (distroless, scratch)',
    ['FROM gcr.io/distroless/base-debian12', 'COPY --from=build /app /app'],
  ],
];

/** For ecosystems that have no row of their own. */
const general: Readonly<Record<LeftoverCategory, AdviceText>> = {
  vcs: {
    text: 'keep the repository out of the build context, and fetch sources in a build stage; git itself belongs in that stage as well',
    dockerfile: ['# .dockerignore', '.git', '.svn', '.hg'],
  },
  source: {
    text: 'copy only what was built of it into the final stage, and keep tests out of the build context with .dockerignore',
    dockerfile: ['COPY --from=build /out /app', '# .dockerignore', 'test', 'tests', '*.md'],
  },
  cache: {
    text: 'keep caches in mounts, where they make builds fast and stay out of the image',
    dockerfile: ['RUN --mount=type=cache,target=CACHE_DIRECTORY COMMAND'],
  },
  'dev-dependencies': {
    text: 'install packages for development in a build stage, and only those that running needs in the final one',
    dockerfile: ['COPY --from=build /out /app'],
  },
  'package-manager': {
    text: 'install packages in a build stage, and copy them into an image that has no package manager',
    dockerfile: ['COPY --from=build /out /app'],
  },
  compiler: {
    text: 'fetch sources and compile in a build stage, and copy only the result into a final stage that has what running needs',
    dockerfile: [
      'FROM debian:stable AS build',
      'RUN apt-get update && apt-get install -y --no-install-recommends build-essential',
      'COPY . /src',
      'RUN make -C /src install DESTDIR=/out',
      'FROM debian:stable-slim',
      'COPY --from=build /out /',
    ],
  },
};

/** Every leftover has one. */
export function adviceFor(category: LeftoverCategory, ecosystem: Ecosystem): AdviceText {
  const row = rows.find(([categories, ecosystems]) => categories.includes(category) && ecosystems.includes(ecosystem));
  if (row === undefined) return general[category];
  const [, , text, dockerfile] = row;
  return { text, dockerfile };
}

/** For what lies in the base, whatever it is. */
export const smallerBase: AdviceText = {
  text: 'it comes with the base image: build on a smaller one (slim, distroless, scratch), and keep the full one for the build stage',
  dockerfile: ['FROM IMAGE AS build', 'FROM IMAGE:slim', 'COPY --from=build /app /app'],
};

/** For what a later layer removes; how, each language says itself. */
export const sameStep: AdviceText = {
  text: 'a later layer removes it, and it is downloaded all the same: remove it in the RUN that brings it, or bring it only into a build stage',
  dockerfile: ['RUN install-it && use-it && remove-it'],
};
