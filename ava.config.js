/** ava runs the bundles that `npm run build` (or `npm test`) makes of test/; each file in a process of its own. */
export default {
  files: ['.cache/test/**/*.test.js'],
  workerThreads: false,
  timeout: '240s',
}
