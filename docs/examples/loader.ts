import { deserialize, serialize } from 'node:v8'
import { open } from 'ebpf'

// Where the object is built.
const object = open('blocklist.bpf.o')
object.map('blocked').maxEntries = 16
const loader = await object.generateLoader()
const file = serialize(loader) // and a signature of loader.instructions, by openssl

// Where it is loaded.
using bpf = await open('blocklist.bpf.o').runLoader(deserialize(file))
console.log(`${bpf.programNames.join()} with ${bpf.map('blocked').maxEntries} entries`)
