#include "modelhost/plugin/plugin.h"
#include "vit_model.h"

using namespace example::vit;

MODELHOST_PLUGIN("org.example.vit", "1.0.0", ViTModel, ViTForImageClassification);
