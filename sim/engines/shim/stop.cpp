// The runtime is built with VL_USER_STOP and wants this. Nothing calls it for an engine; where the models of `sim` are linked too, theirs
// is taken.
__attribute__((weak)) void vl_stop(const char*, int, const char*) {}
