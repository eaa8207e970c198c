#!/usr/bin/env node
// Runs the public suite (github.com/http-tests/cache-tests, a checkout after `npm i`) against a reverse proxy and says how it
// scores. `./dev conformance` calls it; --help says how to call it alone. The suite's own programs run unchanged: its
// origin server and its client. What their results count for is decided here:
//
// - A test is required unless it says optimal or check. A proxy gets all tests but those for browsers only.
// - A test that builds on others counts only if each of those is passed; else it is "undecided", and not passed.
// - A result of true is a pass. A failed set-up ("Setup") or a request that took too long ("AbortError") is undecided:
//   nothing was shown, so nothing is passed.
// - A check asks which of two allowed ways a cache goes: yes or no, neither is a fault.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const KINDS = ['required', 'optimal', 'check']
const USAGE = `Usage: public_suite.mjs --suite DIR (--proxy URL | -- COMMAND...) [--origin-port N] [--json] [--save FILE]
       public_suite.mjs --suite DIR --result FILE [--json]

  --suite DIR      a checkout of http-tests/cache-tests in which 'npm i' has been run
  --proxy URL      a proxy that runs already, and asks http://127.0.0.1:N
  COMMAND          starts the proxy; {origin} and {listen} in it become ports
  --origin-port N  where the suite's origin listens (8000)
  --result FILE    scores what an earlier run saved, and runs nothing
  --save FILE      keeps the suite's raw result
  --json           the score as JSON
Exit codes: 0 a score was printed, 2 wrong usage, 3 the suite or the proxy does not work.`

// A package of the suite wants a global that Debian 12's Node.js has not made global yet; the tests of interim responses would
// fail for it.
const FOR_NODE_18 = "globalThis.File ??= require('node:buffer').File\n"

class Trouble extends Error {
  constructor (message, code = 3) { super(message); this.code = code }
}

function parse (argv) {
  const options = { originPort: 8000, command: [] }
  for (let i = 0; i < argv.length; i++) {
    const value = () => {
      if (i + 1 >= argv.length) throw new Trouble(`${argv[i]} needs a value`, 2)
      return argv[++i]
    }
    switch (argv[i]) {
      case '--suite': options.suite = path.resolve(value()); break
      case '--proxy': options.proxy = value().replace(/\/$/, ''); break
      case '--origin-port': options.originPort = Number(value()); break
      case '--result': options.result = value(); break
      case '--save': options.save = value(); break
      case '--json': options.json = true; break
      case '--help': console.log(USAGE); process.exit(0); break
      case '--': options.command = argv.slice(i + 1); i = argv.length; break
      default: throw new Trouble(`there is no option ${argv[i]}\n${USAGE}`, 2)
    }
  }
  if (!options.suite) throw new Trouble(USAGE, 2)
  const ways = [options.proxy, options.result, options.command.length].filter(Boolean).length
  if (ways !== 1) throw new Trouble('say one of --proxy URL, --result FILE and the command of a proxy', 2)
  if (!fs.existsSync(path.join(options.suite, 'test-engine/cli.mjs'))) {
    throw new Trouble(`${options.suite} is no checkout of the suite: git clone https://github.com/http-tests/cache-tests`)
  }
  if (!options.result && !fs.existsSync(path.join(options.suite, 'node_modules'))) {
    throw new Trouble(`the suite's own packages are missing: run 'npm i' in ${options.suite}`)
  }
  return options
}

// --- what runs ---------------------------------------------------------------------------------------------------------

const children = []
function start (command, args, settings) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...settings })
  child.words = ''
  child.stderr.on('data', bytes => { child.words = (child.words + bytes).slice(-4000) })
  child.on('error', error => { child.words += error.message; child.failed = true })
  children.push(child)
  return child
}
const stopAll = () => { for (const child of children) if (child.exitCode === null && !child.failed) child.kill() }

// A server tells nobody when it listens: it is asked ten times a second, for twenty seconds.
async function until (what, child, question) {
  for (let i = 0; i < 200; i++) {
    if (child && (child.exitCode !== null || child.failed)) throw new Trouble(`${what} has ended:\n${child.words}`)
    if (await question().catch(() => false)) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Trouble(`${what} does not answer${child ? `:\n${child.words}` : ''}`)
}

// The suite's origin says this of a test that it has not been told about; through a proxy it must come as it is.
const knowsNothingOf = async base => {
  const answer = await fetch(`${base}/state/${Math.random().toString(36).slice(2)}`, { signal: AbortSignal.timeout(5000) })
  return answer.status === 404 && (await answer.text()).startsWith('State not found')
}

async function freePort () {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

async function run (options) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'freshet-conformance-'))
  try {
    const origin = `http://127.0.0.1:${options.originPort}`
    if (await knowsNothingOf(origin).catch(() => false)) throw new Trouble(`an origin answers at ${origin} already: end it, or choose --origin-port`)
    const server = start(process.execPath, ['--no-warnings', 'test-engine/server/server.mjs'], {
      cwd: options.suite,
      env: { ...process.env, npm_config_protocol: 'http', npm_config_port: String(options.originPort), npm_config_pidfile: path.join(scratch, 'pid') }
    })
    server.stdout.resume()
    await until("the suite's origin", server, () => knowsNothingOf(origin))

    let proxy
    let base = options.proxy
    if (options.command.length) {
      const port = await freePort()
      base = `http://127.0.0.1:${port}`
      const fill = word => word.replaceAll('{origin}', options.originPort).replaceAll('{listen}', port)
      proxy = start(fill(options.command[0]), options.command.slice(1).map(fill))
      proxy.stdout.resume()
    }
    await until(`the proxy at ${base}`, proxy, () => knowsNothingOf(base))

    const first = path.join(scratch, 'first.cjs')
    fs.writeFileSync(first, FOR_NODE_18)
    // Both names of each setting: the suite reads an absent one as a test of that name.
    const client = start(process.execPath, ['--no-warnings', '--require', first, 'test-engine/cli.mjs'], {
      cwd: options.suite,
      env: { ...process.env, npm_config_base: base, npm_package_config_base: base, npm_config_id: '', npm_package_config_id: '' }
    })
    let text = ''
    client.stdout.on('data', bytes => { text += bytes })
    const code = await new Promise(resolve => client.on('close', resolve))
    if (code !== 0) throw new Trouble(`the suite's client failed:\n${client.words}`)
    if (proxy && proxy.exitCode !== null) throw new Trouble(`the proxy ended during the run:\n${proxy.words}`)
    if (options.save) fs.writeFileSync(options.save, text)
    return JSON.parse(text)
  } finally {
    stopAll()
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

// --- what it counts for ------------------------------------------------------------------------------------------------

class Score {
  constructor (suites, results) {
    this.results = results
    this.tests = new Map()
    for (const suite of suites) for (const test of suite.tests) this.tests.set(test.id, { ...test, suite: suite.id })
  }

  // passed, failed or undecided, with the reason where it is not passed
  verdict (id) {
    const test = this.tests.get(id)
    if (!test) throw new Trouble(`the suite builds on a test '${id}' that it does not have`)
    const result = this.results[id]
    if (result === undefined) return { is: 'undecided', why: 'has not run' }
    for (const needed of test.depends_on ?? []) {
      if (this.verdict(needed).is !== 'passed') return { is: 'undecided', why: `builds on ${needed}` }
    }
    if (result === true) return { is: 'passed' }
    const [name, message] = Array.isArray(result) ? result : ['', String(result)]
    if (name === 'Setup' || name === 'AbortError') return { is: 'undecided', why: `${name}: ${message}` }
    return { is: 'failed', why: message }
  }

  totals () {
    const kinds = Object.fromEntries(KINDS.map(kind => [kind, { passed: 0, failed: 0, undecided: 0, of: 0 }]))
    const others = []
    for (const [id, test] of this.tests) {
      if (test.browser_only) continue
      const kind = test.kind ?? 'required'
      if (!kinds[kind]) throw new Trouble(`${id}: the suite has a kind '${kind}' that these rules do not know`)
      const { is, why } = this.verdict(id)
      kinds[kind].of++
      kinds[kind][is]++
      if (is !== 'passed') others.push({ id, suite: test.suite, kind, is, why, name: test.name })
    }
    return { kinds, others }
  }
}

function print ({ kinds, others }) {
  for (const kind of KINDS) {
    const { passed, failed, undecided, of } = kinds[kind]
    const words = kind === 'check' ? ['yes', 'no'] : ['passed', 'failed']
    console.log(`${kind.padEnd(9)} ${String(passed).padStart(3)} of ${of} ${words[0]}, ${failed} ${words[1]}, ${undecided} undecided`)
  }
  for (const kind of ['required', 'optimal']) {
    const those = others.filter(other => other.kind === kind)
    if (those.length) console.log(`\n${kind}, not passed:`)
    for (const { id, suite, is, why } of those) console.log(`  ${suite}/${id} ${is}: ${String(why).split('\n')[0]}`)
  }
}

try {
  const options = parse(process.argv.slice(2))
  if (options.result && !fs.existsSync(options.result)) throw new Trouble(`there is no file ${options.result}`, 2)
  const results = options.result ? JSON.parse(fs.readFileSync(options.result, 'utf8')) : await run(options)
  const suites = (await import(pathToFileURL(path.join(options.suite, 'tests/index.mjs')).href)).default
  const totals = new Score(suites, results).totals()
  if (options.json) console.log(JSON.stringify(totals, null, 1))
  else print(totals)
} catch (error) {
  if (!(error instanceof Trouble)) throw error
  console.error(`conformance: ${error.message}`)
  process.exitCode = error.code
}
