/** A relative link or (default) program, by descriptor or by id. */
export type NativeRelative = { readonly link?: boolean } & ({ readonly fd: number } | { readonly id: number })

/**
 * The options of a kind as the file of the same name in src-native/attach reads them: an interface by its index, handles by their
 * descriptors, paths as strings. All other options keep their names and types.
 */
export type Native<T> = T extends unknown
  ? { [K in keyof T as K extends 'interface' ? 'ifindex' : K]: NativeOption<K, T[K]> }
  : never

type NativeOption<K, V> = K extends 'interface'
  ? number
  : V extends string
    ? V
    : V extends URL
      ? string
      : K extends 'before' | 'after'
        ? NativeRelative
        : V extends { readonly fd: number }
          ? number
          : V
