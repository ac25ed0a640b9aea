{{ typed_definitions() }}
