// Owner of a precompiled header that several targets share (modelhost_test_pch, modelhost_plugin_pch).
int main() {}
