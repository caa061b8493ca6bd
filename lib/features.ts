import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { BpfError, NotSupportedError } from './errors.js'

interface Feature {
  /** The first kernel that has it; undefined where only the kernel's configuration decides. */
  readonly minimumKernel?: string
  /** What to use without it. */
  readonly instead: string
  /** Whether this kernel lacks it. */
  absent(): boolean
}

// The commits that added them are named beside.
const features = {
  // 053c8e1f235d
  tcx: { minimumKernel: '6.6', instead: 'attachClsact, or attachTc which chooses', absent: () => olderThan('6.6') },
  // 457f44363a88
  ringbuf: { minimumKernel: '5.8', instead: 'a perf event array', absent: () => olderThan('5.8') },
  // e12f03d7031a, CONFIG_KPROBE_EVENTS
  kprobe: {
    minimumKernel: '4.17',
    instead: 'a tracepoint or a raw tracepoint',
    absent: () => !existsSync('/sys/bus/event_source/devices/kprobe'),
  },
  tracefs: {
    minimumKernel: '4.1',
    instead: 'a raw tracepoint, or mount it: mount -t tracefs tracefs /sys/kernel/tracing',
    absent: () => !existsSync('/sys/kernel/tracing/events') && !existsSync('/sys/kernel/debug/tracing/events'),
  },
  // 3e87f192b405
  take: { minimumKernel: '5.14', instead: 'get and delete', absent: () => olderThan('5.14') },
  // 4cf1bc1f1045
  task_storage: { minimumKernel: '5.11', instead: 'a hash map by process id', absent: () => olderThan('5.11') },
  // 9330986c0300
  bloom_filter: { minimumKernel: '5.16', instead: 'a hash map', absent: () => olderThan('5.16') },
  // 583c1f420173
  user_ringbuf: { minimumKernel: '6.1', instead: 'a queue, or a program that is run', absent: () => olderThan('6.1') },
  // c4bcfb38a95e
  cgrp_storage: { minimumKernel: '6.2', instead: 'a hash map by cgroup id', absent: () => olderThan('6.2') },
  // 317460317a02
  arena: { minimumKernel: '6.9', instead: 'an array with the flag mmapable', absent: () => olderThan('6.9') },
} satisfies Record<string, Feature>

export type FeatureName = keyof typeof features

/** Whether a feature has that name: map types that not every supported kernel has are named as themselves. */
export function isFeature(name: string): name is FeatureName {
  return Object.hasOwn(features, name)
}

/** Runs `operation`; when it fails and the kernel lacks `feature`, throws NotSupportedError with the failure as its cause. */
export function requiring<T>(name: FeatureName, operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    const feature: Feature = features[name]
    if (!(error instanceof BpfError) || !feature.absent()) throw error
    const message = `${error.operation}: this kernel (${release()}) has no ${name}, which needs Linux ${feature.minimumKernel} and its configuration; use ${feature.instead}`
    const { code, errno, operation: tried, log } = error
    throw new NotSupportedError(
      { code, errno, operation: tried, log, cause: error, message },
      name,
      feature.minimumKernel,
      feature.instead,
    )
  }
}

/** Whether the running kernel's version is below `version`, `major.minor`. */
export function olderThan(version: string): boolean {
  const numbers = (text: string) => text.split('.', 2).map((part) => Number.parseInt(part, 10))
  const [major = 0, minor = 0] = numbers(release())
  const [wantedMajor = 0, wantedMinor = 0] = numbers(version)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}
