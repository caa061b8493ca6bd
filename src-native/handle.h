#pragma once

#include <napi.h>

#include <string>

#include "addon.h"

namespace ebpf {

/** The base of the classes that JavaScript sees. T has a class_name, a type_tag, Parts and a static define(env). */
template <typename T>
class Handle : public Napi::ObjectWrap<T> {
 public:
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {
    info.This().As<Napi::Object>().TypeTag(&T::type_tag);
  }

  /** Hides ObjectWrap's, which takes whatever is wrapped for a T. Every method call comes through here. */
  static T* Unwrap(Napi::Object object) {
    if (!object.IsObject() || !object.CheckTypeTag(&T::type_tag)) {
      throw Napi::TypeError::New(object.Env(), std::string("expected a ") + T::class_name + " made by this addon");
    }
    return Napi::ObjectWrap<T>::Unwrap(object);
  }
};

}  // namespace ebpf
