{
  'targets': [{
    'target_name': 'ebpf',
    'sources': [
      'src-native/addon.cc',
      'src-native/arguments.cc',
      'src-native/errors.cc',
      'src-native/fd.cc',
      'src-native/globals.cc',
      'src-native/link.cc',
      'src-native/log.cc',
      'src-native/map.cc',
      'src-native/netns.cc',
      'src-native/object.cc',
      'src-native/object_state.cc',
      'src-native/poller.cc',
      'src-native/program.cc',
      'src-native/ring_buffer.cc',
      'src-native/ring_memory.cc',
      'src-native/tc.cc',
      'src-native/test_run.cc',
    ],
    'dependencies': ['libbpf/libbpf.gyp:libbpf'],
    'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
    'defines': [
      'NAPI_VERSION=8',
      'NAPI_CPP_EXCEPTIONS',
      # Every std::exception becomes a JavaScript error, bad_alloc among them.
      'NODE_ADDON_API_CPP_EXCEPTIONS_ALL',
      # A worker that is being terminated cannot be thrown at.
      'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      'NODE_ADDON_API_DISABLE_DEPRECATED',
    ],
    'cflags!': ['-fno-exceptions'],
    'cflags_cc!': ['-fno-exceptions'],
    'cflags_cc': ['-std=gnu++17', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'],
    'ldflags': ['-static-libstdc++', '-static-libgcc', '-Wl,--version-script=<(module_root_dir)/src-native/exports.map'],
  }],
}
