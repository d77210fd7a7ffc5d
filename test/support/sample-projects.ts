// Projects in Node.js, Python and Go as they lie on a developer's disk, really installed and built, and what to build images of them with.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianArchive, keptArchive } from './kept-archives.ts';

const run = promisify(execFile);

/** Programs that must be installed. */
export const projectPrograms = ['npm', 'python3', 'pip', 'git', 'go', 'mmdebstrap'] as const;

/**
 * Puts what packages brought into dpkg's database, as installing them would, and takes out what is large and tells nothing:
 * the archive is copied with every layer of every image built on it.
 */
const installHook = `set -e
mkdir -p "$1/var/lib/dpkg/info"
for deb in "$1"/var/cache/apt/archives/*.deb; do
  { dpkg-deb --field "$deb"; echo 'Status: install ok installed'; echo; } >> "$1/var/lib/dpkg/status"
  dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's#^[.]##; s#/$##; s#^$#/.#' > "$1/var/lib/dpkg/info/$(dpkg-deb --field "$deb" Package).list"
done
find "$1" -xdev -type f -size +1000k ! -name cc1 ! -name libc.a ! -name '*gcc-12' -delete
rm -rf "$1/usr/share/locale" "$1/usr/share/doc" "$1/usr/lib/x86_64-linux-gnu/gconv"`;

/** A C compiler and make with all that they need, as `apt-get install` leaves them. */
export function buildToolsArchive(): Promise<string> {
  return debianArchive('build-tools', {
    variant: 'extract',
    packages: ['gcc', 'libc6-dev', 'make'],
    hook: installHook,
  });
}

const manifest = {
  name: 'shop',
  version: '1.0.0',
  private: true,
  type: 'module',
  scripts: { build: 'tsc' },
  dependencies: { express: '5.1.0' },
  devDependencies: { typescript: '5.9.3' },
};

const nodeSources: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify(manifest, null, 2),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { target: 'es2022', module: 'nodenext', outDir: 'dist' },
    include: ['src'],
  }),
  'src/price.ts':
    'export function total(prices: readonly number[]): number {\n  return prices.reduce((sum, price) => sum + price, 0);\n}\n',
  'src/server.ts': "import { total } from './price.js';\n\nconsole.log(total([1, 2, 3]));\n",
  'test/price.test.ts':
    "import { total } from '../src/price.js';\n\nif (total([1, 2]) !== 3) throw new Error('wrong');\n",
};

/**
 * `source` is what is checked in, with `.git`; `installed` is what `npm ci` leaves on a machine, with its cache; `built` is what the
 * compiler made; `production` is what `npm ci --omit=dev` leaves.
 */
export function nodeProjectArchive(): Promise<string> {
  return keptArchive('node-project', [JSON.stringify(nodeSources), '1'], async (path) => {
    const place = await mkdtemp(join(tmpdir(), 'tidewaiter-node-project-'));
    try {
      const [source, installed] = [join(place, 'source'), join(place, 'installed')];
      await writeAll(source, nodeSources);
      const cache = ['--cache', join(installed, 'root', '.npm'), '--no-audit', '--no-fund'];
      await run('npm', ['install', '--package-lock-only', ...cache], { cwd: source });
      await checkIn(source);
      await cp(source, join(place, 'work'), { recursive: true });
      await run('npm', ['ci', ...cache], { cwd: join(place, 'work') });
      await run('npm', ['run', 'build'], { cwd: join(place, 'work') });
      await move(join(place, 'work', 'node_modules'), join(installed, 'app', 'node_modules'));
      await move(join(place, 'work', 'dist'), join(place, 'built', 'dist'));
      await run('npm', ['ci', '--omit=dev', ...cache, '--prefer-offline'], { cwd: join(place, 'work') });
      await move(join(place, 'work', 'node_modules'), join(place, 'production', 'node_modules'));
      await run('tar', ['-cf', path, '-C', place, 'source', 'installed', 'built', 'production']);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
}

const pythonSources: Readonly<Record<string, string>> = {
  // A package of Python alone, and one with a header that pip installs.
  'requirements.txt': 'flask==3.0.3\ngreenlet==3.1.1\n',
  'requirements-dev.txt': '-r requirements.txt\npytest==8.3.3\n',
  'app/main.py':
    'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index() -> str:\n    return "ok"\n',
  'tests/test_main.py': 'from app.main import index\n\n\ndef test_index() -> None:\n    assert index() == "ok"\n',
};

/** Prints where Python keeps what slim images of it have as well. */
const pythonPaths = `import os, sys, sysconfig
paths = [sys.executable, sysconfig.get_path('include'), sysconfig.get_config_var('LIBPL'), os.path.join(sysconfig.get_config_var('LIBDIR'), 'pkgconfig')]
print('\\n'.join([sys.base_prefix, 'python%d.%d' % sys.version_info[:2], *filter(os.path.exists, map(os.path.realpath, paths))]))
`;

/**
 * `runtime` is as much of Python as proves it, with its pip, headers and build configuration; `source` is what is checked in, with `.git`;
 * `installed` is what `pip install` leaves without its cache, which not every index allows; `production` is a virtual environment without pip.
 */
export function pythonProjectArchive(): Promise<string> {
  return keptArchive('python-project', [JSON.stringify(pythonSources), pythonPaths, '2'], async (path) => {
    const place = await mkdtemp(join(tmpdir(), 'tidewaiter-python-project-'));
    try {
      const source = join(place, 'source');
      await writeAll(source, pythonSources);
      await checkIn(source);
      const { stdout } = await run('python3', ['-c', pythonPaths]);
      const [prefix = '', version = '', ...parts] = stdout.trim().split('\n');
      const runtime = join(place, 'runtime', 'usr', 'local');
      for (const part of parts) {
        // Libraries to link with are what slim images leave out of it.
        const filter = (file: string) => !file.endsWith('.a');
        await cp(part, join(runtime, part.slice(prefix.length + 1)), { recursive: true, filter });
      }
      const packages = (root: string) => join(root, 'lib', version, 'site-packages');
      await run('pip', ['install', '--quiet', '--target', packages(runtime), 'pip']);
      const installed = join(place, 'installed');
      const target = ['--target', packages(join(installed, 'usr', 'local'))];
      await run('pip', ['install', '--quiet', ...target, '-r', 'requirements-dev.txt'], { cwd: source });
      const venv = join(place, 'production', 'venv');
      await run('python3', ['-m', 'venv', '--without-pip', venv]);
      const into = ['--python', join(venv, 'bin', 'python')];
      await run('pip', [...into, 'install', '--quiet', '-r', 'requirements.txt'], { cwd: source });
      await run('tar', ['-cf', path, '-C', place, 'source', 'runtime', 'installed', 'production']);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
}

const goSources: Readonly<Record<string, string>> = {
  'go.mod': 'module example.com/shop\n\ngo 1.20\n\nrequire github.com/google/uuid v1.6.0\n',
  'main.go':
    'package main\n\nimport "github.com/google/uuid"\n\nfunc main() { println(uuid.NewString(), total(1, 2)) }\n',
  'price.go':
    'package main\n\nfunc total(prices ...int) (sum int) {\n\tfor _, price := range prices {\n\t\tsum += price\n\t}\n\treturn\n}\n',
};

/** `go` is as much of the toolchain as proves it; `source` the module; `fetched` the module cache; `built` the static binary. */
export function goProjectArchive(): Promise<string> {
  return keptArchive('go-project', [JSON.stringify(goSources), '1'], async (path) => {
    const place = await mkdtemp(join(tmpdir(), 'tidewaiter-go-project-'));
    try {
      const source = join(place, 'source');
      await writeAll(source, goSources);
      const fetched = join(place, 'fetched', 'root', 'go');
      const env = { ...process.env, CGO_ENABLED: '0', GOPATH: fetched, GOFLAGS: '-modcacherw' };
      await run('go', ['mod', 'tidy'], { cwd: source, env });
      const built = join(place, 'built', 'usr', 'local', 'bin', 'server');
      await run('go', ['build', '-trimpath', '-ldflags=-s', '-o', built, '.'], { cwd: source, env });
      const { stdout } = await run('go', ['env', 'GOROOT', 'GOTOOLDIR']);
      const [root = '', tools = ''] = stdout.trim().split('\n');
      const toolchain = join(place, 'toolchain', 'usr', 'local', 'go');
      for (const part of ['VERSION', 'bin/go', 'src/fmt', 'src/net/http', `${tools.slice(root.length + 1)}/compile`]) {
        await cp(join(root, part), join(toolchain, part), { recursive: true });
      }
      await run('tar', ['-cf', path, '-C', place, 'source', 'fetched', 'built', 'toolchain']);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
}

async function checkIn(cwd: string): Promise<void> {
  await run('git', ['init', '-q'], { cwd });
  await run('git', ['add', '.'], { cwd });
  await run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'Begin'], { cwd });
}

async function writeAll(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

async function move(from: string, to: string): Promise<void> {
  await mkdir(join(to, '..'), { recursive: true });
  await run('mv', [from, to]);
}
