#pragma once

#include <napi.h>

#include <cerrno>
#include <new>
#include <string>
#include <type_traits>

#include "internal/addon.h"
#include "internal/errors.h"

namespace ebpf {

/** The base of the classes that JavaScript sees. T has a class_name, a type_tag, Parts and a static define(env). */
template <typename T>
class Handle : public Napi::ObjectWrap<T> {
 public:
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {
    info.This().As<Napi::Object>().TypeTag(&T::type_tag);
  }

  /** Hides ObjectWrap's, which accepts any wrapped object as a T. Every method call goes through here. */
  static T* Unwrap(Napi::Object object) {
    if (!object.IsObject() || !object.CheckTypeTag(&T::type_tag)) {
      throw Napi::TypeError::New(object.Env(), std::string("expected a ") + T::class_name + " made by this addon");
    }
    return Napi::ObjectWrap<T>::Unwrap(object);
  }

 protected:
  /** These hide ObjectWrap's: running out of memory in a method is reported like any other errno. */
  template <auto method>
  static Napi::ClassPropertyDescriptor<T> InstanceMethod(const char* name) {
    napi_property_descriptor described{};
    described.utf8name = name;
    described.method = call<method>;
    return described;
  }

  template <auto getter>
  static Napi::ClassPropertyDescriptor<T> InstanceAccessor(const char* name) {
    napi_property_descriptor described{};
    described.utf8name = name;
    described.getter = call<getter>;
    return described;
  }

 private:
  template <auto method>
  static napi_value call(napi_env env, napi_callback_info info) {
    return Napi::details::WrapCallback(env, [&]() -> napi_value {
      const Napi::CallbackInfo arguments(env, info);
      T* const self = Unwrap(arguments.This().As<Napi::Object>());
      try {
        if constexpr (std::is_void_v<decltype((self->*method)(arguments))>) {
          (self->*method)(arguments);
          return nullptr;
        } else {
          return (self->*method)(arguments);
        }
      } catch (const std::bad_alloc&) {
        raise(env, {ENOMEM, std::string("use a native ") + T::class_name});
      }
    });
  }
};

}  // namespace ebpf
